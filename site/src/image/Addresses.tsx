import { CopyButton } from "../parts/CopyButton.tsx";

/** @param addresses by variant. */
export function Addresses({ addresses }: { addresses: Record<string, string> }) {
  return (
    <section class="addresses" aria-labelledby="addresses-title">
      <h3 id="addresses-title">Addresses</h3>
      <p class="quiet">
        They stay the same for as long as it is public, and lead to the best format that a browser takes.
      </p>
      <ul>
        {Object.entries(addresses).map(([name, address]) => (
          <li key={name}>
            <a href={address} target="_blank" rel="noreferrer">
              {address}
            </a>
            <CopyButton what={`the address of ${name}`} text={async () => address} />
          </li>
        ))}
      </ul>
    </section>
  );
}
