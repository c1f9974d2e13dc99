import { useQuery } from "@tanstack/react-query";
import { get } from "@/app/client";
import type { Exposure, Groups, Peers } from "./types";

export function usePeers(id: string) {
  return useQuery({
    queryKey: ["enterprise", id, "peers"],
    queryFn: ({ signal }) => get<Peers>(`/enterprises/${encodeURIComponent(id)}/peers`, signal),
  });
}

export function useExposure(id: string) {
  return useQuery({
    queryKey: ["enterprise", id, "exposure"],
    queryFn: ({ signal }) => get<Exposure[]>(`/enterprises/${encodeURIComponent(id)}/exposure`, signal),
  });
}

export function useGroups() {
  return useQuery({
    queryKey: ["overview", "groups"],
    queryFn: ({ signal }) => get<Groups>("/region/groups", signal),
  });
}
