// Starts Swagger UI. It is a file of its own so that the page needs no inline script.
window.addEventListener("load", () => {
  window.ui = SwaggerUIBundle({
    url: document.body.dataset.openapi,
    dom_id: "#swagger-ui",
    deepLinking: true,
    persistAuthorization: false,
    validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis],
    // Limits, sizes and bounds: without these two the page leaves away what the document says of them.
    showExtensions: true,
    showCommonExtensions: true,
    layout: "BaseLayout",
  });
});
