import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { build, type Plugin, type Rolldown } from "vite";

const PAGE = "worker.html";
/** Files of `public/` that the installed app shows. */
const DRAWN = ["worker/manifest.webmanifest", "worker/icon.svg", "worker/icon-192.png"];

/** All files that the phone app needs, those behind `import()` too. */
function filesOf(bundle: Rolldown.OutputBundle): string[] {
  const entry = Object.values(bundle).find(
    (one) => one.type === "chunk" && one.isEntry && one.facadeModuleId?.endsWith(`/${PAGE}`),
  );
  const found = new Set<string>();
  const visit = (name: string) => {
    const chunk = bundle[name];
    if (found.has(name) || chunk?.type !== "chunk") return;
    found.add(name);
    for (const file of [
      ...(chunk.viteMetadata?.importedCss ?? []),
      ...(chunk.viteMetadata?.importedAssets ?? []),
    ])
      found.add(file);
    for (const next of [...chunk.imports, ...chunk.dynamicImports]) visit(next);
  };
  if (entry) visit(entry.fileName);
  return [...found].sort();
}

/**
 * The phone app's service worker, built into one file of its own with the list of what it keeps for use without a
 * network. Its text changes whenever one of these files does, which is how a browser learns of a new version.
 */
export function serviceWorker(): Plugin {
  let base = "/";
  return {
    name: "yufang-service-worker",
    configResolved(config) {
      base = config.base;
    },
    configureServer(server) {
      // While developing, the app's addresses lead to its page, as Django has it in earnest.
      server.middlewares.use((request, _response, next) => {
        if (request.url?.startsWith("/w/")) request.url = `${base}${PAGE}`;
        next();
      });
    },
    async generateBundle(_options, bundle) {
      const shell = [...filesOf(bundle), ...DRAWN].map((file) => `${base}${file}`);
      const version = createHash("sha256").update(shell.join("\n")).digest("hex").slice(0, 12);
      const made = (await build({
        configFile: false,
        logLevel: "error",
        define: { __SHELL__: JSON.stringify(shell), __VERSION__: JSON.stringify(version) },
        resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
        build: {
          write: false,
          rolldownOptions: {
            input: fileURLToPath(new URL("./src/worker/service-worker.ts", import.meta.url)),
            output: { format: "iife", entryFileNames: "sw.js" },
          },
        },
      })) as Rolldown.RolldownOutput;
      this.emitFile({ type: "asset", fileName: "sw.js", source: made.output[0].code });
    },
  };
}
