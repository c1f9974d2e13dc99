import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { get, post, query } from "@/app/client";
import type { Supposed, Visit, WhatIf, WhatIfChoices } from "./types";

const under = (enterpriseId: string, rest: string) =>
  `/enterprises/${encodeURIComponent(enterpriseId)}/${rest}`;

export function useChoices(enterpriseId: string) {
  return useQuery({
    queryKey: ["what-if-choices", enterpriseId],
    queryFn: ({ signal }) => get<WhatIfChoices>(under(enterpriseId, "what-if"), signal),
  });
}

export function useWhatIf(enterpriseId: string) {
  return useMutation({
    mutationFn: (supposed: Partial<Supposed>) => post<WhatIf>(under(enterpriseId, "what-if"), supposed),
  });
}

export function useVisit(enterpriseId: string, minutes: number, n: number) {
  return useQuery({
    queryKey: ["visit-list", enterpriseId, minutes, n],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<Visit>(under(enterpriseId, `visit-list${query({ minutes, n })}`), signal),
  });
}
