import { useMutation } from "@tanstack/preact-query";
import { Trash2 } from "lucide-preact";
import type { ImageView } from "../api/api.ts";
import { errorText } from "../api/problem.ts";
import { useServices } from "../services.ts";
import { isolated, shownName } from "../ui/text.ts";
import { say } from "../ui/toasts.tsx";
import { deleteForNow, undoDeletion } from "./deletion.ts";

interface Props {
  image: ImageView;
  /** Among other images: which one it is, for whoever hears it. */
  isNamed?: boolean;
  onDeleted?: () => void;
}

/** Does not ask: it can be undone. */
export function DeleteButton({ image, isNamed = false, onDeleted }: Props) {
  const services = useServices();
  const name = shownName(image);
  const quoted = `“${isolated(name)}”`;
  const fail = (error: Error) => say(errorText(error), "problem");

  const removal = useMutation({
    networkMode: "always",
    mutationFn: () => deleteForNow(services, image),
    onSuccess: () => {
      say(`${quoted} is deleted.`, "notice", () =>
        undoDeletion(services, image).then(() => say(`${quoted} is back.`), fail),
      );
      onDeleted?.();
    },
    onError: fail,
  });

  return (
    <button
      type="button"
      class={`button danger ${isNamed ? "small" : ""}`}
      aria-disabled={removal.isPending}
      onClick={() => !removal.isPending && removal.mutate()}
    >
      <Trash2 aria-hidden="true" size={16} />
      {removal.isPending ? "Deleting…" : "Delete"}
      {isNamed && <span class="visually-hidden"> {name}</span>}
    </button>
  );
}
