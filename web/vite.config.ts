import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { serviceWorker } from "./worker.config.ts";

// Where a server runs while the console is developed; `npm run build` does not use it.
const server = process.env.YUFANG_SERVER ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "/static/console/",
  plugins: [react(), serviceWorker()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../src/yufang/server/static/console",
    emptyOutDir: true,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      // Three pages: the desk; the app on a worker's phone, which gets React and nothing of the desk; and the page on which
      // anybody verifies a proof, which gets neither.
      input: ["index.html", "worker.html", "proof.html"].map((page) =>
        fileURLToPath(new URL(page, import.meta.url)),
      ),
      output: {
        codeSplitting: {
          groups: [
            { name: "echarts", test: /node_modules[\\/](echarts|zrender)[\\/]/ },
            { name: "react", test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/ },
            { name: "router", test: /node_modules[\\/](react-router|@tanstack)[\\/]/ },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": { target: server, changeOrigin: false } } },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
