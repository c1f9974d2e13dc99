import { useWords } from "@/app/i18n";
import { TIERS } from "@/app/marks";
import type { TierCounts } from "@/app/types";
import { words as shared } from "@/app/words";

/** Open warnings by tier; tiers without any are left out. */
export function OpenWarnings({ counts }: { counts: TierCounts }) {
  const s = useWords(shared);
  const present = TIERS.filter((tier) => counts[tier] > 0);
  if (present.length === 0) return <span className="muted">–</span>;
  return (
    <span className="open-warnings">
      {present.map((tier) => (
        <span key={tier} className={`tier-count tier-${tier}`} title={s(`${tier}Full`)}>
          {s(tier)} <b className="num">{counts[tier]}</b>
        </span>
      ))}
    </span>
  );
}
