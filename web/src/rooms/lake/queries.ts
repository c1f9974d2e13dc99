import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, post } from "@/app/client";
import type { DataSource, HealthOverview } from "@/app/types";

export function useHealth() {
  return useQuery({
    queryKey: ["data-health"],
    queryFn: ({ signal }) => get<HealthOverview>("/lake/health", signal),
  });
}

export function useSource(id: number | undefined) {
  return useQuery({
    queryKey: ["data-health", id],
    enabled: id !== undefined,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<DataSource>(`/lake/sources/${id}`, signal),
  });
}

export function useNameOwner(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (owner: string) => post<DataSource>(`/lake/sources/${id}/owner`, { owner }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["data-health"] }),
  });
}
