import { useId } from "preact/hooks";

interface Props {
  label: string;
  /** As it is written, separated by commas. */
  text: string;
  onInput: (text: string) => void;
}

export function TagsInput({ label, text, onInput }: Props) {
  const id = useId();
  return (
    <>
      <label for={id}>{label}</label>
      <input
        id={id}
        class="text-field"
        type="text"
        dir="auto"
        autocapitalize="none"
        aria-describedby={`${id}-note`}
        value={text}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
      <p id={`${id}-note`} class="quiet">
        Separated by commas: lake, holiday
      </p>
    </>
  );
}
