/** What a state was given or gave, folded: as a tree where it is JSON, and as it is where it was cut. */
import { useMemo, useState } from "preact/hooks";
import { CopyButton } from "../parts/CopyButton.tsx";

interface JsonProps {
  label: "Input" | "Output";
  /** The state. */
  of: string;
  text: string;
}

export function Json({ label, of, text }: JsonProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="json" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        {label}
        <span class="visually-hidden"> of {of}</span>
      </summary>
      {isOpen && <Inside label={label} of={of} text={text} />}
    </details>
  );
}

function Inside({ label, of, text }: JsonProps) {
  const value = useMemo(() => parsed(text), [text]);
  return (
    <div class="json-inside">
      <CopyButton
        what={`${label.toLowerCase()} of ${of}`}
        text={async () => (value === undefined ? text : JSON.stringify(value, null, 2))}
      />
      {value === undefined ? <pre>{text}</pre> : <Value value={value} depth={0} />}
    </div>
  );
}

/** @returns undefined for what is none: it may have been cut. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function Value({ value, depth }: { value: unknown; depth: number }) {
  if (typeof value !== "object" || value === null)
    return <span class={`json-${value === null ? "null" : typeof value}`}>{JSON.stringify(value)}</span>;
  const entries = Object.entries(value);
  return (
    <ul class={depth === 0 ? "json-tree" : ""}>
      {entries.map(([key, inner]) => (
        <li key={key}>
          <Entry name={key} value={inner} depth={depth} />
        </li>
      ))}
    </ul>
  );
}

function Entry({ name, value, depth }: { name: string; value: unknown; depth: number }) {
  const size = typeof value === "object" && value !== null ? Object.keys(value).length : 0;
  if (size === 0)
    return (
      <>
        <span class="json-key">{name}</span>{" "}
        {typeof value === "object" && value ? (
          <Empty value={value} />
        ) : (
          <Value value={value} depth={depth + 1} />
        )}
      </>
    );
  return (
    <details open={depth < 1}>
      <summary>
        <span class="json-key">{name}</span>{" "}
        <span class="quiet">{Array.isArray(value) ? `[${size}]` : `{${size}}`}</span>
      </summary>
      <Value value={value} depth={depth + 1} />
    </details>
  );
}

function Empty({ value }: { value: object }) {
  return <span class="quiet">{Array.isArray(value) ? "[]" : "{}"}</span>;
}
