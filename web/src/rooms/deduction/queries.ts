import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, post } from "@/app/client";
import { staleKeys } from "@/app/live";
import type { Point, PointAnswer, PointRow, PointStatus } from "@/app/types";

export function usePoints(enterpriseId: string) {
  return useQuery({
    queryKey: ["points", enterpriseId],
    queryFn: ({ signal }) =>
      get<PointRow[]>(`/enterprises/${encodeURIComponent(enterpriseId)}/hazard-points`, signal),
  });
}

export function usePoint(id: string | null) {
  return useQuery({
    queryKey: ["point", id],
    enabled: id !== null,
    queryFn: ({ signal }) => get<Point>(`/hazard-points/${encodeURIComponent(id ?? "")}`, signal),
  });
}

export function useAnswer(pointId: string, enterpriseId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (answer: { result: PointStatus; note: string }) =>
      post<PointAnswer>(`/hazard-points/${encodeURIComponent(pointId)}/answers`, answer),
    onSuccess: () => {
      for (const queryKey of staleKeys("hazard_point.answered", {
        id: pointId,
        enterprise_id: enterpriseId,
      })) {
        void client.invalidateQueries({ queryKey });
      }
    },
  });
}
