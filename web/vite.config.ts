/** Builds the page into dist/, which vtctld serves below /app. In development, /api goes to a vtctld on 15000. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  base: "/app/",
  plugins: [react()],
  server: { proxy: { "/api": "http://127.0.0.1:15000" } },
});
