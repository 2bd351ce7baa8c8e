"""OpenAI's own client against a server: openai_client.py BASE_URL CASES.json; exits with 1 where something differs."""
import json, sys
from concurrent.futures import ThreadPoolExecutor
from openai import BadRequestError, NotFoundError, OpenAI

client = OpenAI(base_url=sys.argv[1], api_key="none", max_retries=0)
cases = json.load(open(sys.argv[2]))["cases"]
assert [m.id for m in client.models.list()] == ["qwen"]
how = dict(model="qwen", max_tokens=24, temperature=0, extra_body={"ignore_eos": True})


def whole(case):
    answer = client.chat.completions.create(messages=case["messages"], **how)
    assert answer.choices[0].message.content == case["completion_text"], answer
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage.prompt_tokens == len(case["ids"]) and answer.usage.completion_tokens == 24


def streamed(case):
    text, usage, finish = "", None, None
    for chunk in client.chat.completions.create(messages=case["messages"], stream=True, stream_options={"include_usage": True}, **how):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            text += choice.delta.content or ""
            finish = choice.finish_reason or finish
    assert text == case["completion_text"], text
    assert finish == "length" and usage.completion_tokens == 24


def ids(case):
    answer = client.completions.create(model="qwen", prompt=case["ids"], max_tokens=24, temperature=0, logprobs=1, extra_body={"ignore_eos": True})
    assert answer.choices[0].text == case["completion_text"], answer
    assert len(answer.choices[0].logprobs.tokens) == 24


with ThreadPoolExecutor(8) as pool:
    for done in [pool.submit(what, case) for _ in range(3) for case in cases for what in (whole, streamed, ids)]:
        done.result()

many = client.chat.completions.create(model="qwen", messages=cases[0]["messages"], n=3, temperature=1, seed=4, max_tokens=8, logprobs=True, top_logprobs=3)
assert len({c.message.content for c in many.choices}) == 3
assert all(len(t.top_logprobs) == 3 for c in many.choices for t in c.logprobs.content)
text = cases[0]["completion_text"]
stopped = client.chat.completions.create(messages=cases[0]["messages"], stop=[text[3:5]], **how)
assert stopped.choices[0].message.content == text[: text.index(text[3:5])] and stopped.choices[0].finish_reason == "stop"
for wrong, kind in ((dict(max_tokens=100000), BadRequestError), (dict(temperature=-1), BadRequestError), (dict(model="gpt-4"), NotFoundError)):
    try:
        client.chat.completions.create(**{**dict(model="qwen", messages=cases[0]["messages"]), **wrong})
        raise AssertionError(wrong)
    except kind as error:
        assert error.body["message"] and error.body["type"], error.body
shape = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1, "maximum": 9}}, "required": ["n"], "additionalProperties": False}
bound = client.chat.completions.create(model="qwen", messages=cases[0]["messages"], max_tokens=60, response_format={"type": "json_schema", "json_schema": {"name": "s", "schema": shape, "strict": True}})
assert 1 <= json.loads(bound.choices[0].message.content)["n"] <= 9
response = client.responses.create(model="qwen", input=cases[0]["messages"], max_output_tokens=24, temperature=0, extra_body={"ignore_eos": True})
assert response.output_text == cases[0]["completion_text"] and response.usage.output_tokens == 24, response
said, last = "", None
for event in client.responses.create(model="qwen", input=cases[0]["messages"], max_output_tokens=24, temperature=0, stream=True, extra_body={"ignore_eos": True}):
    said += event.delta if event.type == "response.output_text.delta" else ""
    last = event
assert said == cases[0]["completion_text"] and last.response.output_text == said, last
print("ok")
