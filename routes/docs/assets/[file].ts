import { HttpError } from "fresh";
import { define } from "../../../lib/state.ts";
import { swaggerUiResponse } from "../../../lib/swagger_ui.ts";

/** The files of the part of /docs about HTTP. */
export const handler = define.handlers({
  async GET({ params, req }) {
    const response = await swaggerUiResponse(params.file ?? "", req.headers);
    if (response === undefined) throw new HttpError(404, "there is nothing at this address");
    return response;
  },
});
