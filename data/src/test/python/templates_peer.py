"""Renders chat templates with transformers and expressions with its Jinja: one JSON line a case."""
import json, sys
from transformers.utils.chat_template_utils import _compile_jinja_template, render_jinja_template

CHATML = "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
LLAMA2 = """{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"""
LLAMA3 = """{{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not tools_in_user_message is defined %}
    {%- set tools_in_user_message = true %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{#- This block extracts the system message, so we can slot it into the right place. #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\n\n" }}
{%- if tools is not none %}
    {{- "Environment: ipython\n" }}
{%- endif %}
{%- if tools is not none and not tools_in_user_message %}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\n\n" }}
    {%- endfor %}
{%- endif %}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- if tools_in_user_message and not tools is none %}
    {%- if messages | length != 0 %}
        {%- set first_user_message = messages[0]['content']|trim %}
        {%- set messages = messages[1:] %}
    {%- else %}
        {{- raise_exception("Cannot put tools in the first user message when there's no first user message!") }}
{%- endif %}
    {{- '<|start_header_id|>user<|end_header_id|>\n\n' -}}
    {{- "Given the following functions, please respond with a JSON.\n\n" }}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\n\n" }}
    {%- endfor %}
    {{- first_user_message + "<|eot_id|>"}}
{%- endif %}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("This model only supports single tool-calls at once!") }}
        {%- endif %}
        {%- set tool_call = message.tool_calls[0].function %}
        {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' -}}
        {{- '{"name": "' + tool_call.name + '", ' }}
        {{- '"parameters": ' }}
        {{- tool_call.arguments | tojson }}
        {{- "}" }}
        {{- "<|eot_id|>" }}
    {%- elif message.role == "tool" or message.role == "ipython" %}
        {{- "<|start_header_id|>ipython<|end_header_id|>\n\n" }}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
        {{- "<|eot_id|>" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
{%- endif %}
"""
QWEN = """{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0]['role'] == 'system' %}
        {{- messages[0]['content'] }}
    {%- else %}
        {{- 'You are Qwen.' }}
    {%- endif %}
    {{- "\\n\\n# Tools\\n\\n<tools>" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools><|im_end|>\\n" }}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
        {%- set ns.multi_step_tool = false %}
        {%- set ns.last_query_index = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {%- set content = message.content %}
        {%- if message.role == 'assistant' and '</think>' in content %}
            {%- set reasoning_content = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
            {%- if loop.index0 > ns.last_query_index %}
                {{- '<think>\\n' + reasoning_content + '</think>' }}
            {%- endif %}
        {%- endif %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {{- '<|im_start|>' + message.role }}
        {%- if message.content %}
            {{- '\\n' + message.content }}
        {%- endif %}
        {%- for tool_call in message.tool_calls %}
            {%- if tool_call.function is defined %}
                {%- set tool_call = tool_call.function %}
            {%- endif %}
            {{- '\\n<tool_call>\\n{"name": "' }}
            {{- tool_call.name }}
            {{- '", "arguments": ' }}
            {{- tool_call.arguments | tojson }}
            {{- '}\\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == "tool" %}
        {%- if (loop.index0 == 0) or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\\n<tool_response>\\n' }}
        {{- message.content }}
        {{- '\\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|im_end|>\\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}"""
GEMMA = """{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '
' + message['content'] | trim + '<end_of_turn>
' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model
'}}{% endif %}"""
MISTRAL = """{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}
{#- This block checks for alternating user/assistant messages, skipping tool calling messages #}
{%- set ns = namespace() %}
{%- set ns.index = 0 %}
{%- for message in loop_messages %}
    {%- if not (message.role == "tool" or message.role == "tool_results" or (message.tool_calls is defined and message.tool_calls is not none)) %}
        {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
            {{- raise_exception("After the optional system message, conversation roles must alternate user/assistant/user/assistant/...") }}
        {%- endif %}
        {%- set ns.index = ns.index + 1 %}
    {%- endif %}
{%- endfor %}
{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if tools is not none and (message == user_messages[-1]) %}
            {{- "[AVAILABLE_TOOLS] [" }}
            {%- for tool in tools %}
                {%- set tool = tool.function %}
                {{- '{"type": "function", "function": {' }}
                {%- for key, val in tool.items() if key != "return" %}
                    {%- if val is string %}
                        {{- '"' + key + '": "' + val + '"' }}
                    {%- else %}
                        {{- '"' + key + '": ' + val|tojson }}
                    {%- endif %}
                    {%- if not loop.last %}
                        {{- ", " }}
                    {%- endif %}
                {%- endfor %}
                {{- "}}" }}
                {%- if not loop.last %}
                    {{- ", " }}
                {%- else %}
                    {{- "]" }}
                {%- endif %}
            {%- endfor %}
            {{- "[/AVAILABLE_TOOLS]" }}
        {%- endif %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\\n\\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message.tool_calls is defined and message.tool_calls is not none %}
        {{- "[TOOL_CALLS] [" }}
        {%- for tool_call in message.tool_calls %}
            {%- set out = tool_call.function|tojson %}
            {{- out[:-1] }}
            {{- ', "id": "' + tool_call.id + '"}' }}
            {%- if not loop.last %}{{- ", " }}{%- else %}{{- "]" + eos_token }}{%- endif %}
        {%- endfor %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token}}
    {%- elif message["role"] == "tool" %}
        {%- if message.content is defined and message.content.content is defined %}
            {%- set content = message.content.content %}
        {%- else %}
            {%- set content = message.content %}
        {%- endif %}
        {{- '[TOOL_RESULTS] {"content": ' + content|string + "}[/TOOL_RESULTS]" }}
    {%- else %}
        {{- raise_exception("Only user and assistant roles are supported!") }}
    {%- endif %}
{%- endfor %}
"""
PHI = """{% for message in messages %}{% if message['role'] == 'system' and message['content'] %}{{'<|system|>
' + message['content'] + '<|end|>
'}}{% elif message['role'] == 'user' %}{{'<|user|>
' + message['content'] + '<|end|>
'}}{% elif message['role'] == 'assistant' %}{{'<|assistant|>
' + message['content'] + '<|end|>
'}}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>
' }}{% else %}{{ eos_token }}{% endif %}"""
MACROS = """{%- macro render(m, end='|') -%}
  {{ m.role | upper }}: {{ m.content | default('-', true) | replace('\n', ' ') }}{{ end }}
{%- endmacro %}
{% for m in messages %}
  {% if loop.index is divisibleby 3 %}{% continue %}{% endif %}
{{ render(m) }} {{ loop.cycle('a', 'b') }}
  {%+ if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}
  {% endif %}
{%- else %}none{% endfor %}
{% raw %}{{ not this }}{% endraw %}
{% set text %}block {{ messages | map(attribute='role') | join(',') }}{% endset %}{{ text }}
{{ {'b': 1, 'a': [true, none, 1.5]} }} {{ {'b': 1, 'a': [true, none, 'é"<x>']} | tojson }} {{ messages[0] | dictsort | first | first }}
"""
TEMPLATES = dict(chatml=CHATML, llama2=LLAMA2, llama3=LLAMA3, qwen=QWEN, gemma=GEMMA, mistral=MISTRAL, phi=PHI, macros=MACROS)
weather = dict(type="function", function=dict(name="weather", description="Wetter für \"Städte\" <b> 天气", parameters=dict(
    type="object", properties=dict(city=dict(type="string", enum=["北京", "Zürich"]), days=dict(type="integer", default=3, minimum=0.5)), required=["city"])))
u, a, s = (lambda c: dict(role="user", content=c)), (lambda c: dict(role="assistant", content=c)), (lambda c: dict(role="system", content=c))
call = dict(role="assistant", content="", tool_calls=[dict(id="abc123def", type="function", function=dict(name="weather", arguments=dict(city="北京", days=2, ok=True, x=None, f=1e-7)))])
CHATS = [[u("Hello")], [s("Be brief.\n"), u("  hi \n")], [u("a"), a("b"), u("c")], [s("S"), u("a"), a(" b "), u("c's \"q\""), a("d")],
         [u("春眠不觉晓"), a("<think>\nmhm\n</think>\n\nyes"), u("more")], [u("tools?"), call, dict(role="tool", content="17 °C"), a("It is 17 °C.")],
         [s("x"), u("tools?"), call, dict(role="tool", content="{\"t\": 1}"), dict(role="tool", content="two")], [a("first")], [u("")]]
EXPRESSIONS = ["1 + 2 * 3 ** 2", "7 // 2", "-7 // 2", "-7 % 3", "7 / 2", "10 / 5", "2 ** -1", "1.0", "1e16", "1e15", "1.5e-5", "0.1 + 0.2", "'a' ~ 1 ~ none ~ true",
               "'abc'[1:]", "'abc'[::-1]", "[1,2,3,4][1:-1]", "[1,2,3][-1]", "'x' * 3", "[1] + [2]", "1 if false", "1 if 0 else 2", "not 1 == 2", "1 < 2 < 3", "1 < 3 < 2",
               "'a' in 'cat'", "'k' in {'k': 1}", "2 not in [1]", "none is none", "x is defined", "x is not defined", "x", "x | default('d')", "'' | default('d', true)",
               "'Hello World' | lower | upper | title", "'  a b '.strip() | length", "'a,b,,c'.split(',')", "' a  b '.split()", "'a,b,c'.rsplit(',', 1)", "'a,b,c'.split(',', 1)",
               "[3,1,2] | sort | join('-')", "['b','A','c'] | sort", "[1,2,2,1] | unique | list", "[1,2,3] | sum", "[1,2,3] | max", "[[1,2],[3,4]] | map('first') | list",
               "[{'a': 1}, {'a': 2}] | map(attribute='a') | list", "[{'a': 1}, {'b': 2}] | selectattr('a', 'defined') | list", "[1,2,3,4] | select('even') | list",
               "[1,2,3,4] | reject('odd') | list", "{'b': 2, 'a': 1} | dictsort", "{'b': 2}.items() | list", "{'a': 1}.get('z', 5)", "{'a': {'b': 3}}.a.b", "range(5) | list", "range(1, 10, 3) | list",
               "'%s' | length", "\"it's\" | tojson", "{'a': [1, 2.0, none, true, 'é\\n']} | tojson", "{'a': [1, {}], 'b': []} | tojson(indent=2)", "'<&>\"' | e", "'a\\nb\\n\\nc' | indent(2)",
               "'a\\nb' | indent(2, true)", "3.7 | int", "'12' | int + 1", "'x' | int(9)", "2.5 | round", "2.675 | round(2)", "1234.5 | round(1, 'floor')", "[1, 'a', none, 2.5, true]", "('a', 1)", "{'a': 'it\\'s'}",
               "'abc'.startswith('a') and 'abc'.endswith(('x', 'c'))", "'aXbX'.replace('X', 'y', 1)", "'abcabc'.find('c')", "'ab'.join(['1', '2'])", "'a-b'.removeprefix('a-')", "1 is number", "'1' is number", "true is boolean",
               "1 is integer and 1.5 is float", "[1] is iterable and {} is mapping", "'s' is string and 's' is sequence", "namespace(a=1).a", "dict(a=1, b='c')", "'a' if x is undefined else 'b'", "(1, 2)[0]", "'a' 'b'",
               "[1,2,3] | first", "[] | first is defined", "'hello' | capitalize", "'one two' | wordcount", "[1,2,3,4,5] | batch(2) | list", "[1,2] == [1,2]", "1 == 1.0", "'b' > 'a'", "true and 'x' or 'y'", "none or 'z'", "-3 | abs", "(-3) | abs", "[[2,'b'],[1,'a']] | sort | list",
               "'ß' | upper", "'a\\tb'", "\"\\u00e9\"", "10 % 3 ~ 'x'", "'a' ~ 'b' * 2", "not none", "[none, 1] | select | list", "[1,2,3] | reverse | list", "'abc' | reverse", "'abc' | list", "5 is divisibleby 5", "5 is odd", "3 is in [1,3]", "{'a': 1} == {'a': 1}", "1_000"]
for name, template in TEMPLATES.items():
    for number, chat in enumerate(CHATS):
        for tools in (None, [weather]):
            for answer in (True, False):
                names = dict(bos_token="<s>", eos_token="</s>")
                if number % 2:
                    names["enable_thinking"] = False
                try:
                    text = render_jinja_template([chat], chat_template=template, tools=tools, add_generation_prompt=answer, **names)[0][0]
                except Exception as e:
                    text = None
                print(json.dumps(dict(name=name, template=template, messages=chat, tools=tools, answer=answer, names=names, text=text)))
for expression in EXPRESSIONS:
    template = "{{ " + expression + " }}"
    try:
        text = _compile_jinja_template(template).render()
    except Exception as e:
        text = None
    print(json.dumps(dict(name="expression", template=template, text=text)))
SPACES = ["  {% if true %}\n  a\n  {% endif %}\nb", "{%- if true -%}\n  a\n{%- endif -%}\n b", "a {{- ' b ' -}} c", "x\n  {# comment #}\ny", "x\n  {{ 1 }}\ny", "{% if true %}\n\na{% endif %}\n\n", "a\n{%+ if true %} b{% endif %}", "  {%+ if true +%}\nb{% endif %}",
          "a\n\n{% for i in [1,2] -%}\n  {{ i }}\n{% endfor %}\nz\n", "{% for i in [1,2] %}{{ i }}{% else %}none{% endfor %}{% for i in [] %}{% else %}none{% endfor %}", "\n\na\n", "a\r\nb\r\n", "{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }}",
          "{% if true %}{% set y = 3 %}{% endif %}{{ y }}", "{% set a, b = 1, 2 %}{{ b }}{{ a }}", "{% for a, b in {'x': 1}.items() %}{{ a }}{{ b }}{% endfor %}", "{% for i in range(5) if i is even %}{{ loop.index }}:{{ i }}/{{ loop.length }} {% endfor %}",
          "{% macro m(a, b=2) %}{{ a }}-{{ b }}{% endmacro %}{{ m(1) }}{{ m(1, b=3) }}", "{% for i in range(9) %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}", "{% filter upper %}abc{% endfilter %}", "{{ '}}' }}{{ \"%}\" }}", "{{ {'a': {'b': 1}}['a']['b'] }}"]
for template in SPACES:
    print(json.dumps(dict(name="space", template=template, text=_compile_jinja_template(template).render())))
