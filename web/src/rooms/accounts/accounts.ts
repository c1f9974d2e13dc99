import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { components } from "@/app/api";
import { del, get, post, put, query, upload } from "@/app/client";

type Schemas = components["schemas"];
export type Security = Schemas["Security"];
export type SessionRow = Schemas["SessionOut"];
export type TotpSecret = Schemas["TotpSecret"];
export type Matrix = Schemas["Matrix"];
export type Role = Schemas["RoleOut"];
export type AdministeredPerson = Schemas["AdministeredPerson"];
export type PersonEntry = Schemas["PersonIn"];
export type Link = Schemas["InvitationLink"];
export type Preview = Schemas["CsvPreview"];
export type Organisation = Schemas["Found"];
export type ServiceKey = Schemas["KeyOut"];
export type KeyMade = Schemas["KeyMade"];
export type Mapping = Schemas["MappingOut"];
export type Provider = Schemas["ProviderOut"];
export type GlassRow = Schemas["GlassRow"];
export type Look = Schemas["GlassLookOut"];
export type OrganisationRow = Schemas["OrganisationRow"];
export type OrganisationKind = OrganisationRow["kind"];

const ROOM = ["accounts"];

export function useSecurity() {
  return useQuery({
    queryKey: [...ROOM, "security"],
    queryFn: ({ signal }) => get<Security>("/auth/security", signal),
  });
}

export function useSessions() {
  return useQuery({
    queryKey: [...ROOM, "sessions"],
    queryFn: ({ signal }) => get<SessionRow[]>("/auth/sessions", signal),
  });
}

export function useAdministeredPeople(q: string, page: number) {
  const search = query({ q, page });
  return useQuery({
    queryKey: [...ROOM, "people", search],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<Schemas["People"]>(`/accounts/people${search}`, signal),
  });
}

export function useMatrix() {
  return useQuery({
    queryKey: [...ROOM, "roles"],
    queryFn: ({ signal }) => get<Matrix>("/accounts/roles", signal),
  });
}

export function useOrganisations(q: string) {
  return useQuery({
    queryKey: [...ROOM, "organisations", q],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<Organisation[]>(`/accounts/organisations${query({ q })}`, signal),
  });
}

export function useOrganisationTree(q: string, page: number, closed: boolean) {
  const search = query({ q, page, closed: closed ? "true" : null });
  return useQuery({
    queryKey: [...ROOM, "tree", search],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<Schemas["Organisations"]>(`/accounts/organisations/tree${search}`, signal),
  });
}

export function useClosing(id: number) {
  return useQuery({
    queryKey: [...ROOM, "closing", id],
    gcTime: 0, // counted anew each time somebody asks
    queryFn: ({ signal }) =>
      get<Schemas["OrganisationClosing"]>(`/accounts/organisations/${id}/closing`, signal),
  });
}

export function useKeys() {
  return useQuery({
    queryKey: [...ROOM, "keys"],
    queryFn: ({ signal }) => get<ServiceKey[]>("/accounts/keys", signal),
  });
}

export function useGrantable() {
  return useQuery({
    queryKey: [...ROOM, "grantable"],
    queryFn: ({ signal }) => get<string[]>("/accounts/keys/grantable", signal),
  });
}

export function useProviders() {
  return useQuery({
    queryKey: ["providers"],
    queryFn: ({ signal }) => get<Provider[]>("/auth/providers", signal),
  });
}

export function useMappings() {
  return useQuery({
    queryKey: [...ROOM, "mappings"],
    queryFn: ({ signal }) => get<Mapping[]>("/accounts/mappings", signal),
  });
}

export function useEmergencies() {
  return useQuery({
    queryKey: [...ROOM, "emergency"],
    queryFn: ({ signal }) => get<GlassRow[]>("/accounts/emergency", signal),
  });
}

export function useLooks(id: number | null) {
  return useQuery({
    queryKey: [...ROOM, "emergency", id],
    enabled: id !== null,
    queryFn: ({ signal }) => get<Look[]>(`/accounts/emergency/${id}/looks`, signal),
  });
}

export function useBeyond(q: string) {
  return useQuery({
    queryKey: [...ROOM, "beyond", q],
    enabled: q.trim().length >= 2,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<Organisation[]>(`/auth/emergency/organisations${query({ q })}`, signal),
  });
}

/** A change in this room: what it shows is asked for anew. */
export function useChange<V, T>(work: (value: V) => Promise<T>, done?: (answer: T) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSuccess: (answer) => {
      void client.invalidateQueries({ queryKey: ROOM });
      done?.(answer);
    },
  });
}

export const ask = {
  password: (body: { old: string; new: string }) => post<void>("/auth/password", body),
  beginTotp: () => post<TotpSecret>("/auth/totp"),
  confirmTotp: (code: string) => post<{ codes: string[] }>("/auth/totp/confirm", { code }),
  removeTotp: () => del("/auth/totp"),
  recoveryCodes: () => post<{ codes: string[] }>("/auth/recovery-codes"),
  removePasskey: (id: number) => del(`/auth/passkeys/${id}`),
  endSession: (id: number) => del(`/auth/sessions/${id}`),
  endOthers: () => post<{ sessions: number }>("/auth/other-sessions/end"),
  admit: (body: PersonEntry) => post<Link>("/accounts/people", body),
  changePerson: (id: number, body: PersonEntry) => put<void>(`/accounts/people/${id}`, body),
  person: (id: number, what: "close" | "reopen") => post<void>(`/accounts/people/${id}/${what}`),
  reset: (id: number) => post<Link>(`/accounts/people/${id}/reset`),
  preview: (file: File) => upload<Preview>("/accounts/invitations/preview", form(file)),
  invite: (file: File) => upload<Link[]>("/accounts/invitations", form(file)),
  openOrganisation: (body: Schemas["OrganisationIn"]) =>
    post<{ id: number }>("/accounts/organisations", body),
  renameOrganisation: (id: number, name: string) => put<void>(`/accounts/organisations/${id}`, { name }),
  closeOrganisation: (id: number, body: Schemas["OrganisationCloseIn"]) =>
    post<void>(`/accounts/organisations/${id}/close`, body),
  reopenOrganisation: (id: number) => post<void>(`/accounts/organisations/${id}/reopen`),
  saveRole: (name: string | null, body: Schemas["RoleIn"]) =>
    name === null
      ? post<{ id: number }>("/accounts/roles", body)
      : put<{ id: number }>(`/accounts/roles/${name.slice(1)}`, body),
  makeKey: (body: Schemas["KeyIn"]) => post<KeyMade>("/accounts/keys", body),
  revokeKey: (id: number) => post<void>(`/accounts/keys/${id}/revoke`),
  map: (body: Schemas["MappingIn"]) => post<{ id: number }>("/accounts/mappings", body),
  unmap: (id: number) => del(`/accounts/mappings/${id}`),
  openGlass: (body: Schemas["GlassIn"]) => post<Schemas["GlassOut"]>("/auth/emergency", body),
  closeGlass: () => post<void>("/auth/emergency/close"),
};

function form(file: File): FormData {
  const data = new FormData();
  data.append("file", file);
  return data;
}
