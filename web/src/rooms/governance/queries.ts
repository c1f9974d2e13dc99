import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, post, query } from "@/app/client";
import { staleKeys } from "@/app/live";
import type {
  FacetModels,
  ModelCard,
  ModelComparison,
  ModelMonth,
  ModelTraining,
  ModelVersion,
} from "@/app/types";

const WATCH_MS = 3_000; // beside the live events, should the stream be down

export function useModels() {
  return useQuery({
    queryKey: ["models"],
    queryFn: ({ signal }) => get<FacetModels[]>("/models", signal),
    refetchInterval: (found) =>
      found.state.data?.some(
        (one) =>
          one.run?.state === "queued" ||
          one.run?.state === "running" ||
          one.versions.some((version) => version.recoding),
      )
        ? WATCH_MS
        : false,
  });
}

export function useCard(id: number | null) {
  return useQuery({
    queryKey: ["models", "card", id],
    enabled: id !== null,
    queryFn: ({ signal }) => get<ModelCard>(`/models/${id}`, signal),
  });
}

export function useComparison(first: number | null, second: number | null) {
  return useQuery({
    queryKey: ["models", "compare", first, second],
    enabled: first !== null && second !== null,
    queryFn: ({ signal }) => get<ModelComparison>(`/models/compare${query({ first, second })}`, signal),
  });
}

export function useMonths(facet: string) {
  return useQuery({
    queryKey: ["models", "accuracy", facet],
    queryFn: ({ signal }) => get<ModelMonth[]>(`/models/accuracy${query({ facet })}`, signal),
  });
}

function useStale() {
  const client = useQueryClient();
  return () => {
    for (const queryKey of staleKeys("model.changed", {})) void client.invalidateQueries({ queryKey });
  };
}

export function useTrain() {
  const stale = useStale();
  return useMutation({
    mutationFn: (facet: string) => post<ModelTraining>("/models/trainings", { facet }),
    onSettled: stale,
  });
}

export type Change = { kind: "promote"; version: ModelVersion } | { kind: "rollBack"; facet: string };

export function useChange(onDone: (now: ModelVersion) => void) {
  const stale = useStale();
  return useMutation({
    mutationFn: ({ change, reason }: { change: Change; reason: string }) =>
      change.kind === "promote"
        ? post<ModelVersion>(`/models/${change.version.id}/promote`, { reason })
        : post<ModelVersion>("/models/roll-back", { facet: change.facet, reason }),
    onSuccess: (now) => {
      stale();
      onDone(now);
    },
  });
}
