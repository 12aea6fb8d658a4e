Scalar.createApiReference("#app", {
  url: "/openapi.json",
  telemetry: false,
  withDefaultFonts: false,
  showDeveloperTools: "never",
  agent: { disabled: true },
  hideClientButton: true,
  documentDownloadType: "json",
});
