import { useMutation, useQuery } from "@tanstack/react-query";
import { get, post } from "@/app/client";
import type { ReportContact, WorkerReport } from "@/app/types";

export function useReportsBehind(hazardId: number) {
  return useQuery({
    queryKey: ["hazard", String(hazardId), "reports"],
    queryFn: ({ signal }) => get<WorkerReport[]>(`/reports/of-hazard/${hazardId}`, signal),
  });
}

export function useContact() {
  return useMutation({ mutationFn: (id: number) => post<ReportContact>(`/reports/${id}/contact`) });
}
