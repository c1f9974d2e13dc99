import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { get, post, query } from "@/app/client";
import type { Checkpoint, LedgerEntry, LedgerProof, LedgerVerdict } from "@/app/types";
import { rootOf } from "./inclusion";

export const PAGE_SIZE = 25;

export function useCheckpoint() {
  return useQuery({
    queryKey: ["checkpoint"],
    queryFn: ({ signal }) => get<Checkpoint>("/ledger/checkpoint", signal),
  });
}

export function useEntries(page: number) {
  return useQuery({
    queryKey: ["entries", page],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      get<{ total: number; items: LedgerEntry[] }>(
        `/ledger/entries${query({ page, size: PAGE_SIZE })}`,
        signal,
      ),
  });
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
  return useMutation({ mutationFn: () => post<LedgerVerdict>("/ledger/verify") });
}
