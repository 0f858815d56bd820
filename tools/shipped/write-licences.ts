/** `npm run licences`: writes THIRD-PARTY-LICENCES.md. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_FOLDER } from "../../stacks/assets/paths.ts";
import { licenceDocument } from "./licence-document.ts";
import { shippedPackages } from "./packages.ts";

writeFileSync(join(PROJECT_FOLDER, "THIRD-PARTY-LICENCES.md"), licenceDocument(shippedPackages()));
