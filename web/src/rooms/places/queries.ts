import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { del, get, post, put, query, upload } from "@/app/client";
import type { AreaDraft, Place, PlacesOf, SitePlan, WorkerReport } from "@/app/types";

const KEY = "places";

export function usePlaces(enterpriseId: string) {
  return useQuery({
    queryKey: [KEY, enterpriseId],
    queryFn: ({ signal }) => get<PlacesOf>(`/places${query({ enterprise_id: enterpriseId })}`, signal),
  });
}

export function useWaiting(enterpriseId: string, wanted: boolean) {
  return useQuery({
    queryKey: [KEY, enterpriseId, "waiting"],
    enabled: wanted,
    queryFn: ({ signal }) =>
      get<WorkerReport[]>(`/reports/waiting${query({ enterprise_id: enterpriseId })}`, signal),
  });
}

function useChange<In, Out>(change: (input: In) => Promise<Out>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: [KEY] }),
  });
}

export function useSaveArea() {
  return useChange(({ id, body }: { id: number | null; body: AreaDraft }) =>
    id === null ? post<Place>("/places/areas", body) : put<Place>(`/places/areas/${id}`, body),
  );
}

export function useRemoveArea() {
  return useChange((id: number) => del(`/places/areas/${id}`));
}

export function useRenewCode() {
  return useChange((id: number) => post<Place>(`/places/areas/${id}/new-code`));
}

export function useAddPlan() {
  return useChange((form: FormData) => upload<SitePlan>("/places/plans", form));
}

export function useLocatePlan() {
  return useChange(
    ({ id, ...body }: { id: number; name: string; name_en: string; corners: SitePlan["corners"] }) =>
      put<SitePlan>(`/places/plans/${id}`, body),
  );
}
