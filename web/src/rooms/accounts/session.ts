import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import type { components } from "@/app/api";
import { ApiError, get, post } from "@/app/client";
import type { DemoAccount, Me, Person } from "@/app/types";

/** The signed-in person, or null when nobody is. */
export function useSession() {
  return useQuery({
    queryKey: ["me"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }): Promise<Me | null> => {
      try {
        return await get<Me>("/auth/me", signal);
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
  });
}

/** Nothing that one person was shown stays for the next. */
function changePerson(client: QueryClient, me: Me | null): void {
  client.setQueryData(["me"], me);
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== "me" });
}

type SecondStep = components["schemas"]["SecondStep"];
export type Method = SecondStep["methods"][number];
/** Either somebody is signed in now, or their second factor is still to be shown. */
export type Step = Me | SecondStep;

export function isSecondStep(step: Step | null | undefined): step is SecondStep {
  return step != null && "methods" in step;
}

/** Any step of signing in; null where the person gave up. The last one changes who sits here. */
export function useSignIn<V = { username: string; password: string }>(
  work: (value: V) => Promise<Step | null> = (entry) => post<Step>("/auth/sign-in", entry),
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSuccess: (step) => {
      if (step && !isSecondStep(step)) changePerson(client, step);
    },
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => post<{ address: string } | undefined>("/auth/sign-out"),
    onSuccess: (there) => {
      changePerson(client, null);
      // Whoever came through an identity provider signs out there too; it leads back to the sign-in page.
      if (there) window.location.assign(there.address);
    },
  });
}

export function useDemoAccounts() {
  return useQuery({
    queryKey: ["demo-accounts"],
    queryFn: ({ signal }) => get<DemoAccount[]>("/auth/demo-accounts", signal),
  });
}

/** People whom a warning of an enterprise can be handed to. */
export function usePeople(enterpriseId: string, wanted: boolean) {
  return useQuery({
    queryKey: ["people", enterpriseId],
    enabled: wanted,
    queryFn: ({ signal }) =>
      get<Person[]>(`/organisations/people?enterprise_id=${encodeURIComponent(enterpriseId)}`, signal),
  });
}

export const MeContext = createContext<Me | null>(null);

export function useMe(): Me {
  const me = useContext(MeContext);
  if (!me) throw new Error("useMe stands outside the signed-in part");
  return me;
}

export function useMay(permission: string): boolean {
  return useMe().permissions.includes(permission);
}
