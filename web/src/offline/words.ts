/** What sending says by itself. Apart from the rooms' words, and without React: the service worker uses it too. */
export const words = {
  unreachable: ["连不上服务器。", "The server cannot be reached."],
  unreadable: ["服务器出错（{s}），稍后会再试。", "The server failed ({s}); it will be tried again."],
  fileGone: ["本机上的这个文件读不出来了。", "This file can no longer be read on this phone."],
} as const satisfies Record<string, readonly [zh: string, en: string]>;
