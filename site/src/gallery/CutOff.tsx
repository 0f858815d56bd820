import { Info, X } from "lucide-preact";
import { useServices } from "../services.ts";
import "./cut-off.css";

/** What the page was left with, although it was not sent yet. */
export function CutOff({ names }: { names: readonly string[] }) {
  const { uploads } = useServices();
  return (
    <div class="cut-off notice" role="status">
      <Info aria-hidden="true" size={20} />
      <div>
        <p>These were not sent, because the page was left. Choose them again:</p>
        <ul>
          {names.map((name, index) => (
            <li key={index}>
              <bdi>{name}</bdi>
            </li>
          ))}
        </ul>
      </div>
      <button type="button" class="icon-button" onClick={uploads.dismissCutOff}>
        <X aria-hidden="true" size={18} />
        <span class="visually-hidden">Dismiss</span>
      </button>
    </div>
  );
}
