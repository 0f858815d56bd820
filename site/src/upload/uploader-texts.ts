/** The uploader's words and fields. */
import type { Body, Meta } from "@uppy/core";
import type { DashboardOptions } from "@uppy/dashboard";

type MetaField = Extract<DashboardOptions<Meta, Body>["metaFields"], unknown[]>[number];

/** @param accepted the names of the types, as a list in a sentence. */
export const coreTexts = (accepted: string) => ({
  strings: {
    exceedsSize: "%{file} is too large: files may have up to %{size}.",
    inferiorSize: "This file is empty.",
    youCanOnlyUploadFileTypes: `Only ${accepted} images can be sent.`,
    noDuplicates: "%{fileName} is among the files already.",
    noInternetConnection: "You are offline. Uploads go on when you are back.",
    connectedToInternet: "You are online again.",
  },
  pluralize: (count: number): 0 | 1 => (count === 1 ? 0 : 1),
});

export const DASHBOARD_TEXTS = {
  strings: {
    dashboardTitle: "Photographs to send",
    dropPasteFiles: "Drop photographs here, paste them, or %{browseFiles}",
    browseFiles: "choose files",
    dropHint: "Drop photographs here",
    editFile: "Name and caption",
    editFileWithFilename: "Name and caption of %{file}",
    editing: "Name and caption",
    finishEditingFile: "Leave name and caption as they were",
    saveChanges: "Save",
    removeFile: "Remove %{file}",
    uploading: "Sending",
    complete: "Sent",
    uploadComplete: "Sent",
    uploadXFiles: { 0: "Send %{smart_count} photograph", 1: "Send %{smart_count} photographs" },
    uploadXNewFiles: { 0: "Send %{smart_count} more", 1: "Send %{smart_count} more" },
    xFilesSelected: { 0: "%{smart_count} photograph to send", 1: "%{smart_count} photographs to send" },
    uploadingXFiles: { 0: "Sending %{smart_count} photograph", 1: "Sending %{smart_count} photographs" },
    filesUploadedOfTotal: {
      0: "%{complete} of %{smart_count} sent",
      1: "%{complete} of %{smart_count} sent",
    },
  },
  pluralize: (count: number): 0 | 1 => (count === 1 ? 0 : 1),
};

export const NAME_FIELD_ID = "uppy-Dashboard-FileCard-input-name";

type Render = NonNullable<MetaField["render"]>;

export const META_FIELDS: MetaField[] = [
  {
    id: "name",
    name: "Name",
    render: ({ value, onChange, fieldCSSClasses, form }, h) =>
      h("input", {
        ...commonProps("name", value, onChange, fieldCSSClasses.text),
        form,
        type: "text",
        maxLength: 200,
      }),
  },
  {
    id: "caption",
    name: "Caption",
    render: ({ value, onChange, fieldCSSClasses }, h) =>
      h("textarea", {
        ...commonProps("caption", value, onChange, fieldCSSClasses.text),
        rows: 3,
        maxLength: 2000,
        placeholder: "What the photograph shows",
      }),
  },
];

function commonProps(
  id: string,
  value: string,
  onChange: Parameters<Render>[0]["onChange"],
  className: string,
): Record<string, unknown> {
  return {
    id: `uppy-Dashboard-FileCard-input-${id}`,
    className,
    value,
    onInput: ({ target }: InputEvent) => {
      if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) onChange(target.value);
    },
  };
}
