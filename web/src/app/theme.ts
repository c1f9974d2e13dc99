import type { ThemeConfig } from "antd";

/** Chinese faces that Windows, macOS and Linux ship; nothing is fetched. */
export const FONT_STACK =
  '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", system-ui, sans-serif';

export const INK = "#17343a";
export const ACCENT = "#0f5f63";
export const TEXT = "#1b2628";
export const MUTED = "#556265";
export const LINE = "#dbe2e2";

// The four statutory risk colours stand for risk alone, so the interface's own error, warning and
// information colours keep clear of red, orange, yellow and blue.
export const RISK = { red: "#c62828", orange: "#e06a00", yellow: "#d6a400", blue: "#2b6cd4" } as const;

export const theme: ThemeConfig = {
  token: {
    motion: !globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches,
    colorPrimary: ACCENT,
    colorInfo: ACCENT,
    colorLink: ACCENT,
    colorSuccess: ACCENT,
    colorError: "#8d2f55",
    colorWarning: "#6d5a2c",
    colorText: TEXT,
    colorTextSecondary: MUTED,
    colorTextTertiary: "#5f6d72",
    colorTextPlaceholder: "#5f6d72",
    colorBorder: "#c3cdce",
    colorBorderSecondary: LINE,
    colorBgLayout: "#f3f5f5",
    borderRadius: 4,
    fontFamily: FONT_STACK,
    fontSize: 14,
    controlHeight: 34,
    // Worked out from dark colours by the theme's own rule, these would turn grey.
    colorPrimaryHover: "#177277",
    colorPrimaryActive: "#0a484b",
    colorPrimaryBg: "#e8f0f0",
    colorPrimaryBgHover: "#dbe9e9",
    colorPrimaryBorder: "#9fbfc0",
    colorInfoBg: "#eef3f3",
    colorInfoBorder: "#bccccd",
    colorSuccessBg: "#e8f0f0",
    colorSuccessBorder: "#9fbfc0",
    colorErrorBg: "#f8eef3",
    colorErrorBorder: "#d9b3c4",
    colorWarningBg: "#f6f3ea",
    colorWarningBorder: "#d3c7a5",
    controlOutline: "rgb(15 95 99 / 0.18)",
    controlItemBgActive: "#e8f0f0",
    controlItemBgActiveHover: "#dbe9e9",
  },
  components: {
    Button: { primaryShadow: "none", defaultShadow: "none", dangerShadow: "none" },
    Segmented: { itemSelectedBg: "#ffffff", trackBg: "#e9eeee" },
    Table: { cellPaddingBlock: 9, cellPaddingInline: 10, headerBg: "#f7f9f9", headerColor: MUTED },
    Tabs: { horizontalMargin: "0 0 12px" },
    Tag: { defaultBg: "#eef2f2" },
  },
};
