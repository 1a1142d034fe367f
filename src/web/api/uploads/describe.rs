//! The addresses of uploads in the API's description. They speak a protocol of their own, which no generator of descriptions knows.
//!
//! What must always be true here: what is said here is what [`super`] does; `tests/it/uploads_protocol.rs` asks for each method that stands here.

use serde_json::{Map, Value, json};

/// Adds the addresses to the description.
pub fn describe(document: &mut Value) {
    if let Some(paths) = document.pointer_mut("/paths").and_then(Value::as_object_mut) {
        paths.insert("/uploads".into(), json!({ "post": create(), "options": options() }));
        paths.insert("/uploads/{word}".into(), json!({ "parameters": [word()], "get": look(), "head": offset(), "patch": append(), "delete": remove() }));
    }
}

fn operation(id: &str, summary: &str, description: &str, parameters: Vec<Value>, responses: &[(&str, Value)]) -> Value {
    let mut all: Map<String, Value> = responses.iter().map(|(status, response)| ((*status).to_owned(), response.clone())).collect();
    let refused = "Not done. The status says why, `detail` says it in a sentence.";
    let problem = json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } });
    all.insert("default".into(), json!({ "description": refused, "content": problem }));
    json!({
        "operationId": id, "summary": summary, "description": description, "parameters": parameters, "responses": all, "security": [{ "api_key": [] }],
    })
}

fn word() -> Value {
    json!({ "name": "word", "in": "path", "required": true, "schema": { "type": "string" }, "description": "The last part of the `Location` that the upload was given." })
}

fn sent(name: &str, required: bool, description: &str) -> Value {
    json!({ "name": name, "in": "header", "required": required, "schema": { "type": "string" }, "description": description })
}

fn version() -> Value {
    json!({ "name": "Tus-Resumable", "in": "header", "required": true, "schema": { "type": "string", "enum": ["1.0.0"] }, "description": "The version of the protocol." })
}

fn checksum() -> Value {
    sent("Upload-Checksum", false, "`sha1` or `sha256`, a space, and the sum of this request's bytes in base64. A piece with another sum is dropped (460).")
}

fn answered(description: &str, names: &[(&str, &str)]) -> Value {
    let headers: Map<String, Value> =
        names.iter().map(|(name, means)| ((*name).to_owned(), json!({ "schema": { "type": "string" }, "description": means }))).collect();
    json!({ "description": description, "headers": headers })
}

const OFFSET: (&str, &str) = ("Upload-Offset", "So many bytes are on the server's disk; the next piece begins there.");
const LENGTH: (&str, &str) = ("Upload-Length", "The length of the whole file.");
const EXPIRES: (&str, &str) = ("Upload-Expires", "The upload is forgotten then, unless more arrives: 24 hours after the last byte.");
const MEDIA: (&str, &str) = ("Media-Id", "The media that the file became, once everything has arrived.");

fn create() -> Value {
    let description = "Begins an upload that survives lost connections, as [tus 1.0](https://tus.io/protocols/resumable-upload) has it: any tus client works. The first \
        piece may be sent along, as `application/offset+octet-stream`. Room for the whole file is promised here, or refused with 507. The last piece's answer has the \
        media's id in `Media-Id`; a file that is broken or is something else than it is named is refused then (422). For keys with the scope `media:write`, and for \
        pages of a signed-in browser.";
    let parameters = vec![
        version(),
        sent("Upload-Length", true, "The length of the file in bytes. (`Upload-Defer-Length` is not offered.)"),
        sent("Upload-Metadata", false, "Pairs of a name and a value in base64; `filename` and `filetype` are used. The name is shown and never believed."),
        sent("Idempotency-Key", false, "The same key with the same length and metadata gives the same upload; it is remembered for seven days."),
        checksum(),
    ];
    let location = ("Location", "The upload's address.");
    operation(
        "create_upload",
        "Begin an upload in pieces",
        description,
        parameters,
        &[("201", answered("It has an address.", &[location, OFFSET, EXPIRES, MEDIA]))],
    )
}

fn options() -> Value {
    let names = [
        ("Tus-Version", "1.0.0"),
        ("Tus-Extension", "creation, creation-with-upload, expiration, termination, checksum"),
        ("Tus-Max-Size", "The largest file that is taken, in bytes."),
        ("Tus-Checksum-Algorithm", "sha1, sha256"),
    ];
    operation("upload_options", "What uploads can do", "Asked without a key.", Vec::new(), &[("204", answered("In the headers.", &names))])
}

fn look() -> Value {
    let nothing = json!({ "nullable": true });
    let with = |description: &str| json!({ "description": description, "nullable": true, "type": "string" });
    let schema = json!({
        "type": "object",
        "required": ["offset", "length", "expires_at"],
        "properties": {
            "offset": { "type": "integer", "format": "uint64", "description": "So many bytes have arrived." },
            "length": { "type": "integer", "format": "uint64" },
            "expires_at": { "type": "string", "format": "date-time" },
            "media_id": with("The media that it became."),
            "media": { "allOf": [{ "$ref": "#/components/schemas/Media" }, nothing], "description": "The same, in full, and `detail`: the file in a few words." },
            "problem": { "allOf": [{ "$ref": "#/components/schemas/Problem" }, nothing], "description": "Why the file was not taken, although all of it arrived." },
        },
    });
    let answer = json!({ "description": "Where it stands.", "content": { "application/json; charset=utf-8": { "schema": schema } } });
    let description = "Does not disturb whoever is sending. Tells what became of the file, where the last answer was lost. Needs the scope `media:write`.";
    operation("get_upload", "Where an upload stands", description, Vec::new(), &[("200", answer)])
}

fn offset() -> Value {
    let description = "For whoever wants to go on with it: a request that is still sending for the same upload is ended first, and what it brought is kept. Needs the scope \
        `media:write`.";
    let refused = ("Media-Refused", "Everything arrived, and the file was not taken: the code of the problem. GET tells it in full.");
    let response = answered("In the headers.", &[OFFSET, LENGTH, EXPIRES, MEDIA, refused]);
    operation("upload_offset", "Where the next piece begins", description, vec![version()], &[("200", response)])
}

fn append() -> Value {
    let description = "What arrives is kept, also where the connection is lost before the answer. `X-HTTP-Method-Override: PATCH` on a POST does the same. 409: it does not begin \
        where the upload stands. 423: another request is at work on it. 460: its sum is wrong. Needs the scope `media:write`.";
    let parameters = vec![version(), sent("Upload-Offset", true, "Where this piece begins."), checksum()];
    let mut made = operation("append_upload", "Send a piece", description, parameters, &[("204", answered("It is on the disk.", &[OFFSET, EXPIRES, MEDIA]))]);
    let body = json!({ "required": true, "content": { "application/offset+octet-stream": { "schema": { "type": "string", "format": "binary" } } } });
    if let Some(made) = made.as_object_mut() {
        made.insert("requestBody".into(), body);
    }
    made
}

fn remove() -> Value {
    let description = "Nothing of it stays; a media that it has become by then is not touched. Needs the scope `media:write`.";
    operation("delete_upload", "Give an upload up", description, vec![version()], &[("204", json!({ "description": "It is gone." }))])
}
