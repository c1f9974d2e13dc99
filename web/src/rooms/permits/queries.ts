import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { components } from "@/app/api";
import { get, post, query } from "@/app/client";

type Schemas = components["schemas"];
export type Permit = Schemas["PermitOut"];
export type PermitKind = Schemas["PermitKind"];
export type PermitDraft = Schemas["PermitIn"];
type PermitsPage = Schemas["PermitsPage"];

export const PAGE_SIZE = 20;
const MINUTE = 60_000;

export function usePermits(enterpriseId: string, openOnly: boolean, page: number) {
  return useQuery({
    queryKey: ["permits", enterpriseId, openOnly, page],
    refetchInterval: MINUTE, // what begins or runs out by time alone takes another place in the list
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      get<PermitsPage>(
        `/riskmap/permits${query({ enterprise_id: enterpriseId, page, size: PAGE_SIZE, open_only: openOnly ? "true" : null })}`,
        signal,
      ),
  });
}

export function useKinds() {
  return useQuery({
    queryKey: ["permit-kinds"],
    staleTime: 60 * MINUTE,
    queryFn: ({ signal }) => get<PermitKind[]>("/riskmap/permits/kinds", signal),
  });
}

function useChange<In>(change: (input: In) => Promise<Permit>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ["permits"] }),
        client.invalidateQueries({ queryKey: ["riskmap"] }),
      ]),
  });
}

export function useIssue() {
  return useChange((body: PermitDraft) => post<Permit>("/riskmap/permits", body));
}

export function useExtend() {
  return useChange(({ id, ends_at }: { id: number; ends_at: string }) =>
    post<Permit>(`/riskmap/permits/${id}/extend`, { ends_at }),
  );
}

export function useClose() {
  return useChange(({ id, note }: { id: number; note: string }) =>
    post<Permit>(`/riskmap/permits/${id}/close`, { note }),
  );
}
