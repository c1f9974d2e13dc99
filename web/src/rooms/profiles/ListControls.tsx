import { SearchOutlined } from "@ant-design/icons";
import { Input, type InputRef, Select } from "antd";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { usePick, useWords } from "@/app/i18n";
import { useKeys } from "@/app/keys";
import { COLOURS, RiskMark } from "@/app/marks";
import { words as shared } from "@/app/words";
import { type ListFilter, useIndustries } from "./queries";
import { words } from "./words";

const TYPING_PAUSE_MS = 180;

interface ListControlsProps {
  filter: ListFilter;
  hint: string;
  onChange: (part: Partial<ListFilter>) => void;
  onMove: (step: number) => void;
  /** Enter was pressed for what stands in the box. */
  onOpen: (typed: string) => void;
  /** The keyboard is in the search box. */
  onSearching: (searching: boolean) => void;
}

export function ListControls({ filter, hint, onChange, onMove, onOpen, onSearching }: ListControlsProps) {
  const t = useWords(words);
  const s = useWords(shared);
  const pick = usePick();
  const industries = useIndustries();
  const box = useRef<InputRef>(null);
  const [typed, setTyped] = useState(filter.q);
  useKeys({ "/": () => box.current?.focus({ cursor: "all" }) });

  useEffect(() => setTyped(filter.q), [filter.q]);
  useEffect(() => {
    if (typed.trim() === filter.q) return;
    const pause = setTimeout(() => onChange({ q: typed.trim() }), TYPING_PAUSE_MS);
    return () => clearTimeout(pause);
  }, [typed, filter.q, onChange]);

  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return; // Enter that picks a pinyin candidate is not ours
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      onMove(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      if (typed.trim() !== filter.q) onChange({ q: typed.trim() });
      onOpen(typed.trim());
    } else if (event.key === "Escape") {
      setTyped("");
      box.current?.blur();
    }
  };

  return (
    <div className="list-controls">
      <div className="search-box">
        <Input
          ref={box}
          value={typed}
          allowClear
          prefix={<SearchOutlined aria-hidden />}
          placeholder={t("searchHint")}
          aria-label={t("searchLabel")}
          aria-keyshortcuts="/"
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={press}
          onFocus={() => onSearching(true)}
          onBlur={() => onSearching(false)}
        />
        <div className="search-hint" aria-live="polite">
          {hint}
        </div>
      </div>
      <Select
        aria-label={t("industryFilter")}
        placeholder={t("industryFilter")}
        allowClear
        showSearch={{ optionFilterProp: "label" }}
        popupMatchSelectWidth={false}
        value={filter.industry || undefined}
        onChange={(industry?: string) => onChange({ industry: industry ?? "" })}
        options={(industries.data ?? []).map((industry) => ({
          value: industry.code,
          label: `${pick(industry, "name")} (${industry.count})`,
        }))}
      />
      <Select
        aria-label={t("colourFilter")}
        placeholder={t("colourFilter")}
        allowClear
        popupMatchSelectWidth={false}
        value={filter.colour || undefined}
        onChange={(colour?: string) => onChange({ colour: colour ?? "" })}
        options={COLOURS.map((colour) => ({
          value: colour,
          label: <RiskMark colour={colour} />,
          title: s(colour),
        }))}
      />
      <Select
        aria-label={t("sort")}
        popupMatchSelectWidth={false}
        value={filter.sort}
        onChange={(sort: string) => onChange({ sort })}
        options={[
          { value: "rank", label: t("sortScore") },
          { value: "-trend", label: t("sortTrend") },
          { value: "-expected_injuries", label: t("sortExpected") },
          { value: "-injuries_12m", label: t("sortInjuries") },
          { value: "name", label: t("sortName") },
        ]}
      />
    </div>
  );
}
