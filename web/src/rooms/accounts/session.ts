import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext } from "react";
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

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (entry: { username: string; password: string }) => post<Me>("/auth/sign-in", entry),
    onSuccess: (me) => changePerson(client, me),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => post<void>("/auth/sign-out"),
    onSuccess: () => changePerson(client, null),
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
