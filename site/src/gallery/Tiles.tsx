/** The tiles of the photographs near the window: of a thousand, the page has some dozens, and answers as if there were no more. */
import type { RefObject } from "preact";
import { useMemo } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { heightOf, useGrid } from "./grid.ts";
import { isRow, type Piece, piecesIn, rowsIn } from "./rows.ts";
import { Tile } from "./Tile.tsx";
import { useTileFocus } from "./tile-focus.ts";
import { useBand } from "./use-band.ts";

interface Props {
  /** The grid that they are in. */
  list: RefObject<HTMLUListElement>;
  /** How many elements of it come before them. */
  before: number;
  images: ImageView[];
  /** Whether there are no more than these. */
  isWhole: boolean;
  isByTime: boolean;
}

/** No screen has more columns. */
const SEEN_FIRST = 6;
/** Until it is known how many are beside each other. */
const ONLY_WHERE: Piece[] = [{ key: "where", height: 0 }];

export function Tiles({ list, before, images, isWhole, isByTime }: Props) {
  const grid = useGrid(list);
  const columns = grid?.columns;
  const rows = useMemo(
    () => (columns === undefined ? [] : rowsIn(images, { columns, before, isByTime }, new Date())),
    [images, columns, before, isByTime],
  );
  const { band, focused: hasFocus, shown } = useBand(list, before, grid);
  const focused = useTileFocus(list, images) ?? hasFocus;
  const focusedIndex = focused === undefined ? -1 : images.findIndex(({ imageId }) => imageId === focused);
  const pieces = grid && band ? piecesIn(rows, (row) => heightOf(row, grid), band, focusedIndex) : ONLY_WHERE;
  shown.current = { pieces, images };

  return pieces.flatMap((piece) => {
    if (!isRow(piece)) {
      // The gap after it is the grid's.
      const height = `${Math.max(0, piece.height - (grid?.gap ?? 0))}px`;
      return <li key={piece.key} class="tiles-away" aria-hidden="true" style={{ height }} />;
    }
    if (piece.day !== undefined)
      return (
        <li key={piece.key} class="day">
          <h3>{piece.day}</h3>
        </li>
      );
    return images
      .slice(piece.start, piece.end)
      .map((image, index) => (
        <Tile
          key={image.imageId}
          image={image}
          place={piece.start + index + 1}
          count={isWhole ? images.length : -1}
          isSeenFirst={piece.start + index < SEEN_FIRST}
        />
      ));
  });
}
