import { Pagination } from "antd";
import { useState } from "react";
import { usePhone } from "@/app/device";
import { number } from "@/app/format";
import { useLanguage, useWords } from "@/app/i18n";
import { EmptyState, Loaded } from "@/app/states";
import { AccessRows } from "./parts";
import { PAGE_SIZE, useAccesses } from "./queries";
import { words } from "./words";

/** Who read whose record. */
export function LogTab() {
  const t = useWords(words);
  const { language } = useLanguage();
  const phone = usePhone();
  const [page, setPage] = useState(1);
  const log = useAccesses(page);
  return (
    <section className="panel" aria-label={t("tabLog")}>
      <Loaded of={log} rows={10}>
        {(data) =>
          data.items.length === 0 ? (
            <EmptyState text={t("none")} />
          ) : (
            <>
              <p className="muted num">{t("total", { n: number(data.total, language) })}</p>
              <AccessRows items={data.items} whose />
              {data.total > PAGE_SIZE && (
                <Pagination
                  align="end"
                  size="small"
                  simple={phone}
                  current={page}
                  pageSize={PAGE_SIZE}
                  total={data.total}
                  showSizeChanger={false}
                  onChange={setPage}
                />
              )}
            </>
          )
        }
      </Loaded>
    </section>
  );
}
