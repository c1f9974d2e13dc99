import { Button } from "antd";
import { useRef } from "react";
import { useEither, usePick, useWords } from "@/app/i18n";
import { useKeys } from "@/app/keys";
import { SyntheticTag } from "@/app/marks";
import { Loaded } from "@/app/states";
import type { HazardColumn, HazardRow } from "@/app/types";
import { DueLine, LateMark, LevelMark, useKindName } from "./marks";
import { type HazardFilter, useBoard } from "./queries";
import { words } from "./words";

interface BoardProps {
  filter: HazardFilter;
  onOpen: (id: number) => void;
  onColumn: (state: string) => void;
}

/** Columns by state, each with its most urgent hazards. j and k walk the cards of all columns. */
export function BoardView({ filter, onOpen, onColumn }: BoardProps) {
  const board = useBoard(filter);
  const box = useRef<HTMLDivElement>(null);
  const step = (by: number) => {
    const cards = [...(box.current?.querySelectorAll<HTMLElement>(".hazard-card") ?? [])];
    const at = cards.indexOf(document.activeElement as HTMLElement);
    cards[at < 0 ? 0 : Math.min(cards.length - 1, Math.max(0, at + by))]?.focus();
  };
  useKeys({ j: () => step(1), k: () => step(-1) });
  return (
    <Loaded of={board} rows={12}>
      {(found) => (
        <div className="hazard-board" ref={box}>
          {found.columns
            .filter((column) => column.total > 0 || !["confirmed", "refused"].includes(column.state))
            .map((column) => (
              <Column key={column.state} column={column} onOpen={onOpen} onColumn={onColumn} />
            ))}
        </div>
      )}
    </Loaded>
  );
}

interface ColumnProps {
  column: HazardColumn;
  onOpen: (id: number) => void;
  onColumn: (state: string) => void;
}

function Column({ column, onOpen, onColumn }: ColumnProps) {
  const t = useWords(words);
  const rest = column.total - column.items.length;
  const name = `hazard-column-${column.state}`;
  return (
    <section className="hazard-column" aria-labelledby={name}>
      <header>
        <h2 id={name}>{t(column.state)}</h2>
        <span className="num">{column.more ? t("moreThan", { n: column.total }) : column.total}</span>
        {column.state === "closed" && <span className="muted">{t("lastDays")}</span>}
        {column.overdue > 0 && <span className="hazard-late">{t("nOverdue", { n: column.overdue })}</span>}
      </header>
      {column.items.length === 0 && <p className="muted">{t("emptyColumn")}</p>}
      <ul>
        {column.items.map((row) => (
          <li key={row.id}>
            <Card row={row} onOpen={onOpen} />
          </li>
        ))}
      </ul>
      {rest > 0 && (
        <Button type="link" onClick={() => onColumn(column.state)}>
          {t("more", { n: rest })} · {t("showAll")}
        </Button>
      )}
    </section>
  );
}

function Card({ row, onOpen }: { row: HazardRow; onOpen: (id: number) => void }) {
  const t = useWords(words);
  const pick = usePick();
  const either = useEither();
  const kindName = useKindName();
  const area = either(row.area_zh, row.area_en);
  return (
    <button
      type="button"
      className={`hazard-card${row.overdue ? " hazard-card-late" : ""}`}
      onClick={() => onOpen(row.id)}
    >
      <span className="hazard-card-title">{pick(row, "title")}</span>
      <span className="hazard-card-line">
        <LevelMark level={row.level} />
        <span className="muted">{kindName(row.kind)}</span>
        {row.synthetic && <SyntheticTag />}
      </span>
      <span className="muted">
        {row.enterprise_name}
        {area && ` · ${area}`}
      </span>
      <span className="hazard-card-line">
        <span>{row.owner ? either(row.owner.name, row.owner.name_en) : t("nobody")}</span>
        <DueLine row={row} />
      </span>
      <LateMark row={row} />
      {(row.reopened > 0 || row.contested) && (
        <span className="muted">{row.contested ? t("contested") : t("reopenedN", { n: row.reopened })}</span>
      )}
    </button>
  );
}
