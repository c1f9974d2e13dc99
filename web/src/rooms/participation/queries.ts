import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, post, query } from "@/app/client";
import { markStale, staleKeys } from "@/app/live";
import type {
  Assessment,
  Claim,
  FoundByWorkers,
  Idea,
  IdeaRow,
  IdeaState,
  IdeaStepKind,
  OwnPart,
  Page,
  ParticipationDesk,
  RewardDesk,
} from "@/app/types";

export const PAGE_SIZE = 30;
const KEY = "participation";

export interface IdeaFilter {
  state: IdeaState | "";
  q: string;
  mine: boolean;
  page: number;
}
export type IdeaList = Page<IdeaRow> & { counts: Record<string, number> };

export function useDesk() {
  return useQuery({
    queryKey: [KEY, "desk"],
    queryFn: ({ signal }) => get<ParticipationDesk>("/participation", signal),
  });
}

export function useIdeas(filter: IdeaFilter) {
  const search = query({ ...filter, mine: filter.mine ? "true" : "", size: PAGE_SIZE });
  return useQuery({
    queryKey: [KEY, "ideas", search],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<IdeaList>(`/participation/ideas${search}`, signal),
  });
}

export function useIdea(id: string) {
  return useQuery({
    queryKey: [KEY, "idea", id],
    queryFn: ({ signal }) => get<Idea>(`/participation/ideas/${encodeURIComponent(id)}`, signal),
  });
}

export function useMine() {
  return useQuery({
    queryKey: [KEY, "mine"],
    queryFn: ({ signal }) => get<OwnPart>("/participation/mine", signal),
  });
}

export function useRewards() {
  return useQuery({
    queryKey: [KEY, "rewards"],
    queryFn: ({ signal }) => get<RewardDesk>("/participation/rewards", signal),
  });
}

export function useAssessment() {
  return useQuery({
    queryKey: [KEY, "assessment"],
    queryFn: ({ signal }) => get<Assessment>("/participation/assessment", signal),
  });
}

export function useFound(months: number) {
  return useQuery({
    queryKey: [KEY, "found", months],
    queryFn: ({ signal }) => get<FoundByWorkers>(`/participation/found?months=${months}`, signal),
  });
}

/** Something a person does here; everything of the room is asked for anew afterwards. */
export function useAct<Body, Answer>(path: (body: Body) => string, send?: (body: Body) => unknown) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Body) => post<Answer>(path(body), send ? send(body) : body),
    onSettled: () => markStale(client, staleKeys("participation.changed", {})),
  });
}

export interface IdeaEntry {
  title: string;
  problem: string;
  idea: string;
  show_author: boolean;
}
export const usePropose = () => useAct<IdeaEntry, Idea>(() => "/participation/ideas");

export const useSupport = (id: number) =>
  useAct<{ support: boolean }, Idea>(() => `/participation/ideas/${id}/support`);

export interface StepEntry {
  kind: IdeaStepKind;
  where?: string;
  until?: string | null;
  measure?: string;
  text?: string;
  before?: number | null;
  after?: number | null;
}
export const useStep = (id: number) => useAct<StepEntry, Idea>(() => `/participation/ideas/${id}/steps`);

export const useNameJury = () =>
  useAct<{ month: string; jury: number[] }, ParticipationDesk>(() => "/participation/boards");

export const usePick = (month: string) =>
  useAct<{ idea_id: number; chosen: boolean; reason: string }, ParticipationDesk>(
    () => `/participation/boards/${month}/picks`,
  );

export const usePublish = (month: string) =>
  useAct<Record<string, never>, ParticipationDesk>(() => `/participation/boards/${month}/publish`);

export const useOptOut = () => useAct<{ out: boolean }, OwnPart>(() => "/participation/opt-out");

export interface RewardEntry {
  subject: string;
  person_id: number | null;
  report_id: number | null;
  amount: number;
  reason: string;
}
export const useApprove = () => useAct<RewardEntry, RewardDesk>(() => "/participation/rewards");

export const usePay = (id: number) =>
  useAct<{ number: string }, RewardDesk>(() => `/participation/rewards/${id}/paid`);

export const useOpenRound = () =>
  useAct<{ closes_on: string }, Assessment>(() => "/participation/assessment/rounds");

export const useCloseRound = (id: number) =>
  useAct<Record<string, never>, Assessment>(() => `/participation/assessment/rounds/${id}/close`);

export const useAnswer = (id: number) =>
  useAct<{ answers: Record<string, number> }, void>(() => `/participation/assessment/rounds/${id}/answers`);

export function useClaim() {
  return useMutation({ mutationFn: (code: string) => post<Claim>("/participation/claims", { code }) });
}
