/** `npm run licences`: writes THIRD-PARTY-LICENCES.md. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_FOLDER } from "../../stacks/assets/paths.ts";
import { script } from "../script.ts";
import { licenceDocument } from "./licence-document.ts";
import { shippedPackages } from "./packages.ts";

script("licences", "Writes THIRD-PARTY-LICENCES.md from what is bundled.").parse();
writeFileSync(join(PROJECT_FOLDER, "THIRD-PARTY-LICENCES.md"), licenceDocument(shippedPackages()));
