import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { components } from "@/app/api";
import { get, post, query, upload } from "@/app/client";
import type { Link } from "../../accounts";

type Schemas = components["schemas"];
export type Letter = Schemas["InvitationRow"];

/** Each person's newest invitation; asked again every few seconds while messages are on their way. */
export function useLetters(state: string, page: number) {
  const search = query({ state, page });
  return useQuery({
    queryKey: ["accounts", "letters", search],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<Schemas["Invitations"]>(`/accounts/invitations${search}`, signal),
    refetchInterval: (asked) => (asked.state.data?.waiting ? 3000 : false),
  });
}

export function inviteByMessage(file: File): Promise<Link[]> {
  const form = new FormData();
  form.set("file", file);
  form.set("by_message", "true");
  return upload<Link[]>("/accounts/invitations", form);
}

export const sendLetter = (person: number, address: string) =>
  post<Letter>(`/accounts/people/${person}/invitation`, { address });
