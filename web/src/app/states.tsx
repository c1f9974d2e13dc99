import { Button, Empty, Result, Skeleton } from "antd";
import type { ReactNode } from "react";
import { ApiError } from "./client";
import { useLanguage, useWords } from "./i18n";
import { words } from "./words";

/** What went wrong, in the language on screen. */
export function useErrorText() {
  const { language } = useLanguage();
  const t = useWords(words);
  return (error: unknown) => {
    if (error instanceof ApiError) return language === "zh" ? error.messageZh : error.messageEn;
    return t("failed");
  };
}

export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const t = useWords(words);
  const text = useErrorText();
  const status = error instanceof ApiError ? error.status : 0;
  const title = status === 403 ? t("noAccess") : status === 404 ? t("notFound") : t("failed");
  return (
    <div role="alert" className="state-block">
      <Result
        status={status === 404 || status === 403 ? "info" : "warning"}
        title={title}
        subTitle={text(error)}
        extra={
          onRetry && (
            <Button type="primary" onClick={onRetry}>
              {t("retry")}
            </Button>
          )
        }
      />
    </div>
  );
}

export function EmptyState({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <Empty className="state-block" image={Empty.PRESENTED_IMAGE_SIMPLE} description={text}>
      {children}
    </Empty>
  );
}

export function LoadingState({ rows = 6 }: { rows?: number }) {
  const t = useWords(words);
  return (
    <div className="loading-block" aria-busy="true" role="status" aria-label={t("loading")}>
      <Skeleton active title={false} paragraph={{ rows, width: "100%" }} />
    </div>
  );
}

interface QueryLike<T> {
  data: T | undefined;
  error: unknown;
  refetch: () => unknown;
}

/** One of the three faces of a query: what it brought, what went wrong, or that it is on its way. */
export function Loaded<T>({
  of,
  rows,
  children,
}: {
  of: QueryLike<T>;
  rows?: number;
  children: (data: T) => ReactNode;
}) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error) return <ErrorState error={of.error} onRetry={() => of.refetch()} />;
  return <LoadingState rows={rows} />;
}
