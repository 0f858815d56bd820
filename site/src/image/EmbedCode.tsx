/** The HTML that shows a public photograph, and what browsers take of it. */
import { keepPreviousData, queryOptions, useQuery, useQueryClient } from "@tanstack/preact-query";
import { useId, useState } from "preact/hooks";
import type { Api, ImageView } from "../api/api.ts";
import { errorText } from "../api/problem.ts";
import { CopyButton } from "../parts/CopyButton.tsx";
import { useServices } from "../services.ts";
import { ChosenFiles } from "./ChosenFiles.tsx";
import { LAYOUTS, type Layout, type LayoutName } from "./chosen-file.ts";

export function EmbedCode({ image }: { image: ImageView }) {
  const { api } = useServices();
  const client = useQueryClient();
  const id = useId();
  const [layoutName, setLayoutName] = useState<LayoutName>("full");
  const layout: Layout = LAYOUTS[layoutName];
  const query = embedQuery(api, image, layout);
  const { data, error } = useQuery({ ...query, placeholderData: keepPreviousData });
  // Processing it again gives it new addresses: those that are copied are the ones of now.
  const htmlOfNow = async () => (await client.fetchQuery({ ...query, staleTime: 0 })).html;
  return (
    <section class="embed" aria-labelledby={`${id}-title`}>
      <h3 id={`${id}-title`}>HTML</h3>
      <label class="layout">
        Your page shows it{" "}
        <select
          class="text-field"
          value={layoutName}
          onChange={({ currentTarget }) => setLayoutName(layoutNamed(currentTarget.value))}
        >
          {Object.entries(LAYOUTS).map(([name, { label }]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {error && (
        <p class="problem" role="alert">
          {errorText(error)}
        </p>
      )}
      {!data && !error && <div class="skeleton code" aria-hidden="true" />}
      {data && (
        <>
          <textarea
            class="text-field code"
            readOnly
            rows={7}
            spellcheck={false}
            aria-label="HTML of the photograph"
            aria-describedby={`${id}-note`}
            value={data.html}
            // The caret is at the end, and was scrolled to.
            onFocus={({ currentTarget }) => {
              currentTarget.setSelectionRange(0, 0);
              currentTarget.scrollTop = 0;
            }}
          />
          <div class="copy">
            <CopyButton what="the HTML" text={htmlOfNow} />
            <p id={`${id}-note`} class="quiet">
              When the photograph is processed again, its files have new addresses: copy the code anew then.
            </p>
          </div>
          <ChosenFiles embed={data} variants={image.variants} layout={layout} />
        </>
      )}
    </section>
  );
}

const embedQuery = (api: Api, { imageId, updatedAt, public: shown }: ImageView, { sizes }: Layout) =>
  queryOptions({
    queryKey: ["embed", imageId, updatedAt, shown?.since, sizes],
    queryFn: ({ signal }) => api.embed(imageId, sizes, signal),
    networkMode: "always",
  });

function layoutNamed(text: string): LayoutName {
  return text === "half" || text === "quarter" ? text : "full";
}
