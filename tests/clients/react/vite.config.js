// React's own transform is not needed for a page that is built once.
export default { esbuild: { jsx: "automatic" }, logLevel: "warn" };
