"""What people say and what they hear, a row for each language, by its code without a country.

Sentences are templates of Home Assistant's sentence triggers. Of several that match the first one
counts, so the longer ones stand first.
"""

from collections.abc import Mapping
from typing import Final

from ..pbx.model.values import value

CALL: Final = "IppbxCall"
WHO_CALLED: Final = "IppbxWhoCalled"
MISSED_CALLS: Final = "IppbxMissedCalls"
DO_NOT_DISTURB: Final = "IppbxDoNotDisturb"


@value
class Sentences:
    """Sentences that mean the same.

    Attributes:
        slots: what they say without a word for it.
    """

    intent: str
    sentences: tuple[str, ...]
    slots: tuple[tuple[str, str], ...] = ()


@value
class Language:
    """One language.

    Attributes:
        translations: the language of the texts in `translations/`.
        lead: what stands before a number or a name and is no part of it, with the blank after it
            where there is one.
        comma: what stands between names.
        answers: templates by what they say.
    """

    translations: str
    sentences: tuple[Sentences, ...]
    lead: tuple[str, ...]
    answers: Mapping[str, str]
    comma: str = ", "


LANGUAGES: Final[Mapping[str, Language]] = {
    "en": Language(
        translations="en",
        sentences=(
            Sentences(
                intent=CALL,
                sentences=(
                    "[please] (call|phone|dial) {name} (from|in) [the] {phone}",
                    "[please] (call|phone|dial) {name}",
                ),
            ),
            Sentences(
                intent=WHO_CALLED,
                sentences=("who [has] called [me|us]", "who was (calling|on the phone)"),
            ),
            Sentences(
                intent=MISSED_CALLS,
                sentences=(
                    "how many calls (did|have) (I|we) miss[ed]",
                    "(did|have) (I|we) miss[ed] (any|a) call[s]",
                    "how many missed calls [are there|do I have|do we have|have I got|have we got]",
                ),
            ),
            Sentences(
                intent=DO_NOT_DISTURB,
                slots=(("state", "on"),),
                sentences=(
                    "[turn|switch] do not disturb on",
                    "(turn on|switch on|enable|activate) do not disturb",
                    "[turn|switch] do not disturb on (in|for) [the] {phone}",
                    ("(turn on|switch on|enable|activate) do not disturb (in|for) [the] {phone}"),
                ),
            ),
            Sentences(
                intent=DO_NOT_DISTURB,
                slots=(("state", "off"),),
                sentences=(
                    "[turn|switch] do not disturb off",
                    "(turn off|switch off|disable|deactivate) do not disturb",
                    "[turn|switch] do not disturb off (in|for) [the] {phone}",
                    (
                        "(turn off|switch off|disable|deactivate) do not disturb (in|for) "
                        "[the] {phone}"
                    ),
                ),
            ),
        ),
        lead=("extension ", "number ", "the "),
        answers={
            "calling": "Calling {name}. {phone} rings first.",
            "which_phone": "Which phone do you mean? Say, for example: {example}.",
            "example_call": "call {name} from the kitchen",
            "example_on": "do not disturb on in the kitchen",
            "example_off": "do not disturb off in the kitchen",
            "which_of": "Which phone do you mean, {phones}? Say, for example: {example}.",
            "of_call": "call {name} from {phone}",
            "of_on": "do not disturb on for {phone}",
            "of_off": "do not disturb off for {phone}",
            "no_phone": "I know no phone {phone}.",
            "nobody": "I know nobody called {name}.",
            "several": "There are several: {names}. Say the whole name.",
            "not_allowed": "You may not do that.",
            "callers_1": "Last caller: {callers}.",
            "callers": "Last callers: {callers}.",
            "no_callers": "Nobody called.",
            "no_log": "I do not know: the call log is off.",
            "today": "{name} at {time}",
            "earlier": "{name} on {date} at {time}",
            "withheld": "a withheld number",
            "unknown": "an unknown number",
            "missed_0": "No missed calls.",
            "missed_1": "One missed call, from {names}.",
            "missed": "{count} missed calls, most recently from {names}.",
            "missed_unnamed": "Missed calls: {count}.",
            "disturb_on": "Do not disturb is on for {phone}.",
            "disturb_off": "{phone} rings again.",
            "no_switch": "{phone} has no switch for do not disturb, or it is disabled.",
        },
    ),
    "de": Language(
        translations="de",
        sentences=(
            Sentences(
                intent=CALL,
                sentences=(
                    "[bitte] ruf[e] [bitte] {name} (von|vom|aus|in|im) [der|dem|den] {phone} an",
                    "[bitte] ruf[e] [bitte] {name} an",
                    "[bitte] wähle {name}",
                ),
            ),
            Sentences(
                intent=WHO_CALLED,
                sentences=("wer hat [mich|uns] angerufen", "wer war am Telefon", "wer rief an"),
            ),
            Sentences(
                intent=MISSED_CALLS,
                sentences=(
                    "wie viele Anrufe (habe|hab) ich verpasst",
                    "wie viele Anrufe haben wir verpasst",
                    "(habe|hab) ich [einen|einige] Anruf[e] verpasst",
                    "wie viele verpasste Anrufe (gibt es|habe ich|haben wir)",
                ),
            ),
            Sentences(
                intent=DO_NOT_DISTURB,
                slots=(("state", "on"),),
                sentences=(
                    "[schalte|schalt|mach] [bitte] nicht stören (ein|an)",
                    "(aktiviere|aktivier) [bitte] nicht stören",
                    (
                        "[schalte|schalt|mach] [bitte] nicht stören (in|im|am|für) "
                        "[der|die|dem|das] {phone} (ein|an)"
                    ),
                    (
                        "(aktiviere|aktivier) [bitte] nicht stören (in|im|am|für) "
                        "[der|die|dem|das] {phone}"
                    ),
                ),
            ),
            Sentences(
                intent=DO_NOT_DISTURB,
                slots=(("state", "off"),),
                sentences=(
                    "[schalte|schalt|mach] [bitte] nicht stören aus",
                    "(deaktiviere|deaktivier) [bitte] nicht stören",
                    (
                        "[schalte|schalt|mach] [bitte] nicht stören (in|im|am|für) "
                        "[der|die|dem|das] {phone} aus"
                    ),
                    (
                        "(deaktiviere|deaktivier) [bitte] nicht stören (in|im|am|für) "
                        "[der|die|dem|das] {phone}"
                    ),
                ),
            ),
        ),
        lead=(
            *("nebenstelle ", "durchwahl ", "nummer "),
            *("der ", "die ", "das ", "dem ", "den ", "des "),
        ),
        answers={
            "calling": "Ich rufe {name} an. Zuerst klingelt {phone}.",
            "which_phone": "Welches Telefon meinst du? Sag zum Beispiel: {example}.",
            "example_call": "ruf {name} aus der Küche an",
            "example_on": "nicht stören in der Küche ein",
            "example_off": "nicht stören in der Küche aus",
            "which_of": "Welches Telefon meinst du, {phones}? Sag zum Beispiel: {example}.",
            "of_call": "ruf {name} von {phone} an",
            "of_on": "nicht stören für {phone} ein",
            "of_off": "nicht stören für {phone} aus",
            "no_phone": "Ich kenne kein Telefon {phone}.",
            "nobody": "Ich kenne niemanden namens {name}.",
            "several": "Es gibt mehrere: {names}. Sag den ganzen Namen.",
            "not_allowed": "Das darfst du nicht.",
            "callers_1": "Zuletzt angerufen hat: {callers}.",
            "callers": "Zuletzt angerufen haben: {callers}.",
            "no_callers": "Niemand hat angerufen.",
            "no_log": "Das weiß ich nicht: Die Anrufliste ist ausgeschaltet.",
            "today": "{name} um {time}",
            "earlier": "{name} am {date} um {time}",
            "withheld": "eine unterdrückte Nummer",
            "unknown": "eine unbekannte Nummer",
            "missed_0": "Keine verpassten Anrufe.",
            "missed_1": "Ein verpasster Anruf: {names}.",
            "missed": "{count} verpasste Anrufe, zuletzt: {names}.",
            "missed_unnamed": "Verpasste Anrufe: {count}.",
            "disturb_on": "{phone} wird nicht gestört.",
            "disturb_off": "{phone} klingelt wieder.",
            "no_switch": (
                "{phone} hat keinen Schalter für „Bitte nicht stören“, oder er ist deaktiviert."
            ),
        },
    ),
    "es": Language(
        translations="es",
        sentences=(
            Sentences(
                intent=CALL,
                sentences=(
                    "[por favor] (llama|llamar) (a|al) {name} desde [el|la|los|las] {phone}",
                    "[por favor] (llama|llamar) (a|al) {name}",
                    "[por favor] (marca|marcar) el número {name}",
                ),
            ),
            Sentences(
                intent=WHO_CALLED, sentences=("qui(é|e)n [me|nos] (ha llamado|llamó|llamaba)",)
            ),
            Sentences(
                intent=MISSED_CALLS,
                sentences=(
                    "cu(á|a)ntas llamadas (he|hemos) perdido",
                    "cu(á|a)ntas llamadas perdidas (hay|tengo|tenemos)",
                    "(hay|tengo|tenemos) [alguna] llamada[s] perdida[s]",
                ),
            ),
            Sentences(
                intent=DO_NOT_DISTURB,
                slots=(("state", "on"),),
                sentences=(
                    "(activa|activar|pon) [el modo] no molestar",
                    (
                        "(activa|activar|pon) [el modo] no molestar (en|para|de|del) "
                        "[el|la|los|las] {phone}"
                    ),
                ),
            ),
            Sentences(
                intent=DO_NOT_DISTURB,
                slots=(("state", "off"),),
                sentences=(
                    "(desactiva|desactivar|quita) [el modo] no molestar",
                    (
                        "(desactiva|desactivar|quita) [el modo] no molestar (en|para|de|del) "
                        "[el|la|los|las] {phone}"
                    ),
                ),
            ),
        ),
        lead=("extensión ", "número ", "el ", "la ", "los ", "las "),
        answers={
            "calling": "Llamando a {name}. Primero suena {phone}.",
            "which_phone": "¿A qué teléfono te refieres? Di, por ejemplo: {example}.",
            "example_call": "llama a {name} desde la cocina",
            "example_on": "activa no molestar en la cocina",
            "example_off": "desactiva no molestar en la cocina",
            "which_of": "¿A qué teléfono te refieres, {phones}? Di, por ejemplo: {example}.",
            "of_call": "llama a {name} desde {phone}",
            "of_on": "activa no molestar en {phone}",
            "of_off": "desactiva no molestar en {phone}",
            "no_phone": "No conozco ningún teléfono llamado {phone}.",
            "nobody": "No conozco a nadie llamado {name}.",
            "several": "Hay varios: {names}. Di el nombre completo.",
            "not_allowed": "No tienes permiso para hacer eso.",
            "callers_1": "Última llamada: {callers}.",
            "callers": "Últimas llamadas: {callers}.",
            "no_callers": "No ha llamado nadie.",
            "no_log": "No lo sé: el registro de llamadas está desactivado.",
            "today": "{name} a las {time}",
            "earlier": "{name} el {date} a las {time}",
            "withheld": "un número oculto",
            "unknown": "un número desconocido",
            "missed_0": "No hay llamadas perdidas.",
            "missed_1": "Una llamada perdida, de {names}.",
            "missed": "{count} llamadas perdidas, las últimas de {names}.",
            "missed_unnamed": "Llamadas perdidas: {count}.",
            "disturb_on": "{phone} ya no suena: no molestar está activado.",
            "disturb_off": "{phone} vuelve a sonar.",
            "no_switch": "{phone} no tiene interruptor de No molestar, o está deshabilitado.",
        },
    ),
    "fr": Language(
        translations="fr",
        sentences=(
            Sentences(
                intent=CALL,
                sentences=(
                    "(appelle|appelez|appeler) [l']{name} depuis [le |la |les |l']{phone}",
                    "(appelle|appelez|appeler) [l']{name}",
                    "(compose|composez|composer) le {name}",
                ),
            ),
            Sentences(
                intent=WHO_CALLED,
                sentences=(
                    "qui (a|m'a|nous a) (appelé|téléphoné)",
                    "qui était au téléphone",
                ),
            ),
            Sentences(
                intent=MISSED_CALLS,
                sentences=(
                    "combien d'appels (ai-je|avons-nous|j'ai|on a) manqué[s]",
                    "combien d'appels manqués [ai-je|avons-nous|j'ai|on a|y a-t-il|il y a]",
                    "(ai-je|avons-nous|est-ce que j'ai) manqué (un appel|des appels)",
                    "(ai-je|avons-nous|y a-t-il) des appels manqués",
                ),
            ),
            Sentences(
                intent=DO_NOT_DISTURB,
                slots=(("state", "on"),),
                sentences=(
                    "(active|activer) [le mode] ne pas déranger",
                    (
                        "(active|activer) [le mode] ne pas déranger (dans|pour|à) "
                        "[le |la |les |l']{phone}"
                    ),
                    "(active|activer) [le mode] ne pas déranger (au|aux) {phone}",
                ),
            ),
            Sentences(
                intent=DO_NOT_DISTURB,
                slots=(("state", "off"),),
                sentences=(
                    "(désactive|désactiver) [le mode] ne pas déranger",
                    (
                        "(désactive|désactiver) [le mode] ne pas déranger (dans|pour|à) "
                        "[le |la |les |l']{phone}"
                    ),
                    "(désactive|désactiver) [le mode] ne pas déranger (au|aux) {phone}",
                ),
            ),
        ),
        lead=("poste ", "numéro ", "le ", "la ", "les ", "l'"),
        answers={
            "calling": "J'appelle {name}. {phone} sonne d'abord.",
            "which_phone": "De quel téléphone parlez-vous ? Dites par exemple : {example}.",
            "example_call": "appelle {name} depuis la cuisine",
            "example_on": "active ne pas déranger dans la cuisine",
            "example_off": "désactive ne pas déranger dans la cuisine",
            "which_of": "De quel téléphone parlez-vous, {phones} ? Dites par exemple : {example}.",
            "of_call": "appelle {name} depuis {phone}",
            "of_on": "active ne pas déranger pour {phone}",
            "of_off": "désactive ne pas déranger pour {phone}",
            "no_phone": "Je ne connais aucun téléphone nommé {phone}.",
            "nobody": "Je ne connais personne nommé {name}.",
            "several": "Il y en a plusieurs : {names}. Dites le nom complet.",
            "not_allowed": "Vous n'avez pas le droit de faire cela.",
            "callers_1": "Dernier appel : {callers}.",
            "callers": "Derniers appels : {callers}.",
            "no_callers": "Personne n'a appelé.",
            "no_log": "Je ne sais pas : le journal d'appels est désactivé.",
            "today": "{name} à {time}",
            "earlier": "{name} le {date} à {time}",
            "withheld": "un numéro masqué",
            "unknown": "un numéro inconnu",
            "missed_0": "Aucun appel manqué.",
            "missed_1": "Un appel manqué : {names}.",
            "missed": "{count} appels manqués, en dernier : {names}.",
            "missed_unnamed": "Appels manqués : {count}.",
            "disturb_on": "{phone} ne sonne plus : ne pas déranger est activé.",
            "disturb_off": "{phone} sonne de nouveau.",
            "no_switch": "{phone} n'a pas de bouton Ne pas déranger, ou il est désactivé.",
        },
    ),
    "pt": Language(
        translations="pt-BR",
        sentences=(
            Sentences(
                intent=CALL,
                sentences=(
                    (
                        "[por favor] (liga|ligue|ligar) (para|pra) {name} a partir "
                        "(de|do|da|dos|das) {phone}"
                    ),
                    "[por favor] (liga|ligue|ligar) (para|pra) {name} (pelo|pela) {phone}",
                    "[por favor] (liga|ligue|ligar) (para|pra) {name}",
                    "[por favor] (disque|discar) [o número] {name}",
                ),
            ),
            Sentences(
                intent=WHO_CALLED,
                sentences=("quem [me|nos] (ligou|telefonou)", "quem estava ao telefone"),
            ),
            Sentences(
                intent=MISSED_CALLS,
                sentences=(
                    "quantas (chamadas|ligações) [eu|nós] (perdi|perdemos)",
                    "quantas (chamadas|ligações) perdidas [há|tenho|eu tenho|temos|nós temos]",
                    "(há|tenho|temos) [alguma] (chamada|ligação) perdida",
                    "(perdi|perdemos) alguma (chamada|ligação)",
                ),
            ),
            Sentences(
                intent=DO_NOT_DISTURB,
                slots=(("state", "on"),),
                sentences=(
                    "(ativa|ative|ativar|liga|ligue|ligar) [o] [modo] não perturbe",
                    (
                        "(ativa|ative|ativar|liga|ligue|ligar) [o] [modo] não perturbe "
                        "(em|no|na|nos|nas|para) [o|a|os|as] {phone}"
                    ),
                ),
            ),
            Sentences(
                intent=DO_NOT_DISTURB,
                slots=(("state", "off"),),
                sentences=(
                    (
                        "(desativa|desative|desativar|desliga|desligue|desligar) [o] [modo] "
                        "não perturbe"
                    ),
                    (
                        "(desativa|desative|desativar|desliga|desligue|desligar) [o] [modo] "
                        "não perturbe (em|no|na|nos|nas|para) [o|a|os|as] {phone}"
                    ),
                ),
            ),
        ),
        lead=("ramal ", "número ", "o ", "a ", "os ", "as "),
        answers={
            "calling": "Ligando para {name}. Primeiro toca {phone}.",
            "which_phone": "Qual telefone você quer dizer? Diga, por exemplo: {example}.",
            "example_call": "ligue para {name} a partir da cozinha",
            "example_on": "ative não perturbe na cozinha",
            "example_off": "desative não perturbe na cozinha",
            "which_of": "Qual telefone você quer dizer, {phones}? Diga, por exemplo: {example}.",
            "of_call": "ligue para {name} pelo {phone}",
            "of_on": "ative não perturbe no {phone}",
            "of_off": "desative não perturbe no {phone}",
            "no_phone": "Não conheço nenhum telefone chamado {phone}.",
            "nobody": "Não conheço ninguém chamado {name}.",
            "several": "Há vários: {names}. Diga o nome completo.",
            "not_allowed": "Você não tem permissão para fazer isso.",
            "callers_1": "Última chamada: {callers}.",
            "callers": "Últimas chamadas: {callers}.",
            "no_callers": "Ninguém ligou.",
            "no_log": "Não sei: o registro de chamadas está desativado.",
            "today": "{name} às {time}",
            "earlier": "{name} em {date} às {time}",
            "withheld": "um número oculto",
            "unknown": "um número desconhecido",
            "missed_0": "Nenhuma chamada perdida.",
            "missed_1": "Uma chamada perdida, de {names}.",
            "missed": "{count} chamadas perdidas, as últimas de {names}.",
            "missed_unnamed": "Chamadas perdidas: {count}.",
            "disturb_on": "{phone} não toca mais: não perturbe está ativado.",
            "disturb_off": "{phone} volta a tocar.",
            "no_switch": "{phone} não tem interruptor de Não perturbe, ou ele está desativado.",
        },
    ),
    "zh": Language(
        translations="zh-Hans",
        sentences=(
            Sentences(
                intent=CALL,
                sentences=(
                    "[请](从|用){phone}[的电话|电话](呼叫|拨打){name}",
                    "[请](从|用){phone}[的电话|电话]给{name}打[个]电话",
                    "[请](呼叫|拨打){name}",
                    "[请]给{name}打[个]电话",
                    "[请]打[个]电话给{name}",
                ),
            ),
            Sentences(
                intent=WHO_CALLED,
                sentences=(
                    "谁(来|打)(过|了)电话",
                    "谁打电话来[了]",
                    "谁给(我|我们)打(过|了)电话",
                ),
            ),
            Sentences(
                intent=MISSED_CALLS,
                sentences=(
                    "[我|我们]有(多少|几)[个]未接来电",
                    "[我|我们]有未接来电吗",
                    "[我|我们](错过|漏接)了(多少|几)[个](电话|来电)",
                ),
            ),
            Sentences(
                intent=DO_NOT_DISTURB,
                slots=(("state", "on"),),
                sentences=(
                    "[请](打开|开启)免打扰[模式]",
                    "[请](打开|开启){phone}[的]免打扰[模式]",
                ),
            ),
            Sentences(
                intent=DO_NOT_DISTURB,
                slots=(("state", "off"),),
                sentences=(
                    "[请](关闭|关掉)免打扰[模式]",
                    "[请](关闭|关掉){phone}[的]免打扰[模式]",
                ),
            ),
        ),
        lead=("分机", "号码"),
        comma="、",
        answers={
            "calling": "正在呼叫{name}，{phone}会先响铃。",
            "which_phone": "您指的是哪部电话？例如可以说：{example}。",
            "example_call": "从厨房呼叫{name}",
            "example_on": "打开厨房的免打扰",
            "example_off": "关闭厨房的免打扰",
            "which_of": "您指的是哪部电话，{phones}？例如可以说：{example}。",
            "of_call": "从{phone}呼叫{name}",
            "of_on": "打开{phone}的免打扰",
            "of_off": "关闭{phone}的免打扰",
            "no_phone": "没有找到名为{phone}的电话。",
            "nobody": "没有找到名为{name}的人。",
            "several": "有多个结果：{names}。请说全名。",
            "not_allowed": "您没有权限执行此操作。",
            "callers_1": "最近的来电：{callers}。",
            "callers": "最近的来电：{callers}。",
            "no_callers": "没有人来过电话。",
            "no_log": "我不知道：通话记录已关闭。",
            "today": "{time} {name}",
            "earlier": "{date} {time} {name}",
            "withheld": "隐藏号码",
            "unknown": "未知号码",
            "missed_0": "没有未接来电。",
            "missed_1": "有一个未接来电，来自{names}。",
            "missed": "有 {count} 个未接来电，最近的来自{names}。",
            "missed_unnamed": "未接来电：{count} 个。",
            "disturb_on": "{phone}已开启免打扰。",
            "disturb_off": "{phone}已关闭免打扰。",
            "no_switch": "{phone}没有免打扰开关，或者该开关已停用。",
        },
    ),
}


def language_of(tag: str) -> Language:
    """Return the language of a tag such as "de-AT"; English for one that has no row."""
    return LANGUAGES.get(tag.replace("_", "-").split("-", maxsplit=1)[0].lower(), LANGUAGES["en"])
