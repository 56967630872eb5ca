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
    // One credential a request: a token that was authorized here goes without the cookie of a session.
    requestInterceptor: (request) => {
      const carriesToken = Object.keys(request.headers ?? {}).some((name) => name.toLowerCase() === "authorization");
      request.credentials = carriesToken ? "omit" : "same-origin";
      return request;
    },
  });
});
