import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, post, query, upload } from "@/app/client";
import { staleKeys } from "@/app/live";
import type {
  HazardBoard,
  HazardDetail,
  HazardFigures,
  HazardKind,
  HazardMap,
  HazardPage,
  HazardPhoto,
  HazardRow,
  MajorCriterion,
  Person,
} from "@/app/types";

export const PAGE_SIZE = 50;

export interface HazardFilter {
  state: string;
  kind: string;
  level: string;
  found_by: string;
  enterprise_id: string;
  overdue: string;
  mine: string;
  major: string;
  q: string;
  page: number;
}

export const EMPTY: HazardFilter = {
  state: "",
  kind: "",
  level: "",
  found_by: "",
  enterprise_id: "",
  overdue: "",
  mine: "",
  major: "",
  q: "",
  page: 1,
};

export function useHazards(filter: HazardFilter) {
  const search = query({ ...filter, state: filter.state || "open", size: PAGE_SIZE });
  return useQuery({
    queryKey: ["hazards", "list", search],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<HazardPage>(`/hazards${search}`, signal),
  });
}

function withoutPlaceInList(filter: HazardFilter) {
  return query({ ...filter, page: null, state: null });
}

export function useBoard(filter: HazardFilter) {
  const search = withoutPlaceInList(filter);
  return useQuery({
    queryKey: ["hazards", "board", search],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<HazardBoard>(`/hazards/board${search}`, signal),
  });
}

export function useHazardMap(filter: HazardFilter) {
  const search = withoutPlaceInList(filter);
  return useQuery({
    queryKey: ["hazards", "map", search],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<HazardMap>(`/hazards/map${search}`, signal),
  });
}

export function useFigures(filter: HazardFilter, months: number) {
  const { kind, level, enterprise_id } = filter;
  const search = query({ kind, level, enterprise_id, months });
  return useQuery({
    queryKey: ["hazards", "figures", search],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<HazardFigures>(`/hazards/figures${search}`, signal),
  });
}

export function useKinds() {
  return useQuery({
    queryKey: ["hazard-kinds"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => get<HazardKind[]>("/hazards/kinds", signal),
  });
}

export function useHazard(id: string) {
  return useQuery({
    queryKey: ["hazard", id],
    queryFn: ({ signal }) => get<HazardDetail>(`/hazards/${encodeURIComponent(id)}`, signal),
  });
}

export function useHazardPeople(id: number, wanted: boolean) {
  return useQuery({
    queryKey: ["hazard-people", id],
    enabled: wanted,
    queryFn: ({ signal }) => get<Person[]>(`/hazards/${id}/people`, signal),
  });
}

export function useCriteria(wanted: boolean) {
  return useQuery({
    queryKey: ["hazard-criteria"],
    enabled: wanted,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => get<MajorCriterion[]>("/hazards/criteria", signal),
  });
}

function useStale(id: number) {
  const client = useQueryClient();
  return () => {
    for (const queryKey of staleKeys("hazard.changed", { id })) void client.invalidateQueries({ queryKey });
  };
}

/** Takes a step: its path behind the hazard, and what goes with it. */
export function useHazardStep(id: number) {
  const client = useQueryClient();
  const stale = useStale(id);
  return useMutation({
    mutationFn: ({ path, body }: { path: string; body: object }) =>
      post<HazardDetail>(`/hazards/${id}/${path}`, body),
    onSuccess: (found) => client.setQueryData(["hazard", String(id)], found),
    onSettled: stale,
  });
}

export function useAddPhoto(id: number) {
  const stale = useStale(id);
  return useMutation({
    mutationFn: (form: FormData) => upload<HazardPhoto>(`/hazards/${id}/photos`, form),
    onSettled: stale,
  });
}

export function useEnter() {
  const stale = useStale(0);
  return useMutation({
    mutationFn: (body: object) => post<HazardDetail>("/hazards", body),
    onSettled: stale,
  });
}

export function useOpenFrom(from: "point" | "warning", id: number) {
  const stale = useStale(0);
  return useMutation({
    mutationFn: () => post<HazardRow>(`/hazards/from-${from}/${id}`),
    onSettled: stale,
  });
}
