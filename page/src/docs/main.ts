// The reference of the API, /docs: the document, as Swagger UI shows it. Its script is many times that of the page,
// so it is an entry of its own, and nothing of it is shared.
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";
import "./docs.css";

SwaggerUI({
  dom_id: "#docs",
  url: "/openapi.json",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  // A token is kept in the tab only.
  persistAuthorization: false,
  // The validator would contact another host.
  validatorUrl: null,
});
