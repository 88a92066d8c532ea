"""A JavaScript playground in one route.

    uvicorn --app-dir examples playground:app

It is as small as can be: every program gets a runtime of its own and a timeout, but shares the
server's process. playground_full.py has what a playground for others needs.
"""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from jsrun import Runtime

app = FastAPI(title="Playground")


class CodeRequest(BaseModel):
    code: str
    timeout: float = Field(default=5.0, gt=0, le=30, description="seconds")


class CodeResponse(BaseModel):
    success: bool
    result: str | None = None
    error: str | None = None


@app.post("/execute")
async def execute(request: CodeRequest) -> CodeResponse:
    try:
        with Runtime() as runtime:
            result = await runtime.eval_async(request.code, timeout=request.timeout)
            return CodeResponse(success=True, result=to_text(str(result)))
    except Exception as error:
        return CodeResponse(success=False, error=str(error))


def to_text(text: str) -> str:
    """Half a surrogate pair, which strings of JavaScript may have, has no place in JSON's UTF-8."""
    return text.encode(errors="replace").decode()


@app.exception_handler(RequestValidationError)
async def refuse(request: Request, error: RequestValidationError) -> JSONResponse:
    """Does not repeat what was wrong: a timeout of 1e999 has no spelling in JSON."""
    details = [{key: detail[key] for key in ("type", "loc", "msg")} for detail in error.errors()]
    return JSONResponse({"detail": details}, status_code=422)
