import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { get, query } from "@/app/client";
import type {
  Enterprise,
  EnterpriseRow,
  Industry,
  Overview,
  Page,
  ProfileMonth,
  RegionMap,
} from "@/app/types";

export interface ListFilter {
  q: string;
  industry: string;
  colour: string;
  sort: string;
  page: number;
}
export const PAGE_SIZE = 20;

export function useOverview() {
  return useQuery({
    queryKey: ["overview"],
    queryFn: ({ signal }) => get<Overview>("/region/overview", signal),
  });
}

export function useRegionMap() {
  return useQuery({ queryKey: ["map"], queryFn: ({ signal }) => get<RegionMap>("/region/map", signal) });
}

export function useEnterprises(filter: ListFilter) {
  return useQuery({
    queryKey: ["enterprises", filter],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      get<Page<EnterpriseRow>>(`/enterprises${query({ ...filter, size: PAGE_SIZE })}`, signal),
  });
}

export function useIndustries() {
  return useQuery({
    queryKey: ["industries"],
    staleTime: 600_000,
    queryFn: ({ signal }) => get<Industry[]>("/industries", signal),
  });
}

export function useEnterprise(id: string) {
  return useQuery({
    queryKey: ["enterprise", id],
    queryFn: ({ signal }) => get<Enterprise>(`/enterprises/${encodeURIComponent(id)}`, signal),
  });
}

export function useProfile(id: string) {
  return useQuery({
    queryKey: ["profile", id],
    queryFn: ({ signal }) => get<ProfileMonth[]>(`/enterprises/${encodeURIComponent(id)}/profile`, signal),
  });
}

/** The riskiest enterprises in one piece, for a chart where there is no map to draw. */
export const RISKIEST = 200;
export function useRiskiest(wanted: boolean) {
  return useQuery({
    queryKey: ["enterprises", "riskiest"],
    enabled: wanted,
    queryFn: ({ signal }) => get<Page<EnterpriseRow>>(`/enterprises${query({ size: RISKIEST })}`, signal),
  });
}
