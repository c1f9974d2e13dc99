import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, post, query } from "@/app/client";
import type { LedgerEntry, LedgerProof, LedgerVerdict, SignedCheckpoint } from "@/app/types";
import { rootOf } from "./inclusion";

export const PAGE_SIZE = 25;

/** The signed checkpoint; asked again now and then, since it moves by itself. */
export function useSigned() {
  return useQuery({
    queryKey: ["ledger-signed"],
    refetchInterval: 10_000,
    queryFn: ({ signal }) => get<SignedCheckpoint>("/ledger/signed", signal),
  });
}

/** What the newest verification found; null before the first. */
export function useLastVerification() {
  return useQuery({
    queryKey: ["ledger-verification"],
    queryFn: ({ signal }) => get<LedgerVerdict | null>("/ledger/verification", signal),
  });
}

export function useEntries(page: number, subject: string) {
  return useQuery({
    queryKey: ["entries", page, subject],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      get<{ total: number; items: LedgerEntry[] }>(
        `/ledger/entries${query({ page, size: PAGE_SIZE, subject: subject || undefined })}`,
        signal,
      ),
  });
}

/** Where the proof file of one entry, or of a whole record, is. */
export function proofFile(entry: { index: number } | { subject: string }): string {
  return "index" in entry
    ? `/api/ledger/entries/${entry.index}/proof-file`
    : `/api/ledger/proof-file${query({ subject: entry.subject })}`;
}

export function useProof(index: number | null) {
  return useQuery({
    queryKey: ["proof", index],
    enabled: index !== null,
    gcTime: 0,
    queryFn: ({ signal }) => get<LedgerProof>(`/ledger/entries/${index}/proof`, signal),
  });
}

/** Works the proof out in the browser: true, false, or null where the browser offers no hashing (plain http). */
export function useProofCheck(proof: LedgerProof | undefined) {
  return useQuery({
    queryKey: ["proof-check", proof],
    enabled: proof !== undefined,
    gcTime: 0,
    queryFn: async () => {
      if (!proof || !globalThis.crypto?.subtle) return null;
      return (await rootOf(proof.index, proof.size, proof.leaf_hash, proof.path)) === proof.root_hash;
    },
  });
}

export function useVerify() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => post<LedgerVerdict>("/ledger/verify"),
    onSuccess: (found) => client.setQueryData(["ledger-verification"], found),
  });
}
