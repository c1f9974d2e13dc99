import { ArrowLeftOutlined } from "@ant-design/icons";
import { Button, Segmented } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { percent } from "@/app/format";
import { useWords } from "@/app/i18n";
import { SyntheticTag } from "@/app/marks";
import { Loaded, useErrorText } from "@/app/states";
import { useMay } from "@/rooms/accounts/session";
import { QueueSign } from "./QueueSign";
import { useDraw, useRound } from "./queries";
import type { RoundOfDay } from "./types";
import { Walk } from "./Walk";
import { words } from "./words";

const EXPLORE_SHARE = 0.2; // of `yufang.deduction.exploration`; a drawn round carries its own
const SIZES = [5, 10, 15];

/** Today's visit to one enterprise. */
export function Visit({ enterpriseId }: { enterpriseId: string }) {
  const t = useWords(words);
  const seesRegion = useMay("region.read");
  const list = useRound(enterpriseId);
  return (
    <div className="page verify">
      <div className="verify-head">
        {seesRegion && (
          <Link to="/verify" className="back-link">
            <ArrowLeftOutlined aria-hidden /> {t("otherPlace")}
          </Link>
        )}
        <div className="page-head">
          <h1>{list.data?.enterprise_name ?? t("title")}</h1>
          {list.data?.synthetic && <SyntheticTag />}
        </div>
        <QueueSign />
      </div>
      <Loaded of={list} rows={8}>
        {(found) =>
          found.round ? (
            <Walk key={found.round.id} round={found.round} left={found.left} enterpriseId={enterpriseId} />
          ) : (
            <Draw found={found} enterpriseId={enterpriseId} />
          )
        }
      </Loaded>
    </div>
  );
}

function Draw({ found, enterpriseId }: { found: RoundOfDay; enterpriseId: string }) {
  const t = useWords(words);
  const errorText = useErrorText();
  const mayAnswer = useMay("deduction.answer");
  const draw = useDraw(enterpriseId);
  const [size, setSize] = useState(SIZES[0] ?? 5);
  const page = (
    <Link to={`/enterprises/${encodeURIComponent(enterpriseId)}`} className="verify-plain-link">
      {t("toEnterprise")}
    </Link>
  );
  if (found.left === 0)
    return (
      <section className="panel verify-intro">
        <h2>{t("nothingLeft")}</h2>
        {page}
      </section>
    );
  return (
    <section className="panel verify-intro" aria-labelledby="verify-intro-title">
      <h2 id="verify-intro-title">{t("noRound")}</h2>
      <p>{t("noRoundLead", { n: found.left, share: percent(EXPLORE_SHARE) })}</p>
      {mayAnswer ? (
        <>
          <Segmented
            block
            size="large"
            aria-label={t("howMany")}
            value={size}
            onChange={setSize}
            options={SIZES.map((value) => ({ value, label: `${value}` }))}
          />
          {draw.error && (
            <p role="alert" className="form-error">
              {errorText(draw.error)}
            </p>
          )}
          <Button
            type="primary"
            size="large"
            block
            loading={draw.isPending}
            onClick={() => draw.mutate(size)}
          >
            {t("draw")}
          </Button>
        </>
      ) : (
        <p className="muted">{t("mayNot")}</p>
      )}
      {page}
    </section>
  );
}
