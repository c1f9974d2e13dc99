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
    colorPrimary: ACCENT,
    colorInfo: ACCENT,
    colorLink: ACCENT,
    colorSuccess: ACCENT,
    colorError: "#8d2f55",
    colorWarning: "#6d5a2c",
    colorText: TEXT,
    colorTextSecondary: MUTED,
    colorTextTertiary: "#66757a",
    colorTextPlaceholder: "#707e82",
    colorBorder: "#c3cdce",
    colorBorderSecondary: LINE,
    colorBgLayout: "#f3f5f5",
    borderRadius: 4,
    fontFamily: FONT_STACK,
    fontSize: 14,
    controlHeight: 34,
    wireframe: false,
  },
  components: {
    Table: { cellPaddingBlock: 9, cellPaddingInline: 10, headerBg: "#f7f9f9", headerColor: MUTED },
    Tabs: { horizontalMargin: "0 0 12px" },
    Tag: { defaultBg: "#eef2f2" },
  },
};
