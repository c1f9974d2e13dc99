import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import type { ListFilter } from "./queries";

/** The list's filter lives in the address, so that a view can be bookmarked and Back returns to it. */
export function useListFilter() {
  const [search, setSearch] = useSearchParams();
  const filter: ListFilter = useMemo(
    () => ({
      q: search.get("q") ?? "",
      industry: search.get("industry") ?? "",
      colour: search.get("colour") ?? "",
      sort: search.get("sort") ?? "rank",
      page: Math.max(1, Number.parseInt(search.get("page") ?? "1", 10) || 1),
    }),
    [search],
  );
  const change = useCallback(
    (part: Partial<ListFilter>) => {
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          if (!("page" in part)) after.delete("page"); // another filter starts on its first page
          for (const [key, value] of Object.entries(part)) {
            if (value && !(key === "sort" && value === "rank") && !(key === "page" && value === 1)) {
              after.set(key, String(value));
            } else {
              after.delete(key);
            }
          }
          return after;
        },
        { replace: true },
      );
    },
    [setSearch],
  );
  return { filter, change };
}
