#!/usr/bin/env bash
# sounds.sh OUT_DIR : the prompts of the dialplan, Chinese in OUT_DIR/zh, English in OUT_DIR/en (8 kHz, 16 bit, mono WAV).
# Needs espeak-ng and sox. A recording of your own voice under the same name replaces any of them.
set -euo pipefail
out=${1:?output directory}; mkdir -p "$out/zh/digits" "$out/en"
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT
say() {  # voice, file, text
    [ -s "$2.wav" ] && return
    espeak-ng -v "$1" -s 200 -w "$tmp/x.wav" "$3"
    sox -q "$tmp/x.wav" -r 8000 -c 1 -b 16 "$tmp/y.wav" gain -n -3
    mv "$tmp/y.wav" "$2.wav"
}
say cmn   "$out/zh/welcome"  "您好，欢迎致电，请稍候。"
say cmn   "$out/zh/busy"     "抱歉，座席全忙，请稍后再拨。"
say cmn   "$out/zh/closed"   "您好，现在是非工作时间，请在工作时间来电。"
say cmn   "$out/zh/transfer" "正在为您转接，请稍候。"
say en-us "$out/en/welcome"  "Welcome. Please hold, we will be with you shortly."
say en-us "$out/en/busy"     "Sorry, all our agents are busy. Please call again later."
say en-us "$out/en/closed"   "We are closed now. Please call in our opening hours."
say en-us "$out/en/transfer" "One moment, you are being transferred."

# while waiting
say cmn   "$out/zh/queue-youarenext"    "您是下一位，请不要挂机。"
say cmn   "$out/zh/queue-thereare"      "您现在排在第"
say cmn   "$out/zh/queue-callswaiting"  "位，请稍候。"
say cmn   "$out/zh/queue-quantity1"     "前面还有不少于"
say cmn   "$out/zh/queue-quantity2"     "位来电者在等待。"
say cmn   "$out/zh/queue-holdtime"      "预计等待时间为"
say cmn   "$out/zh/queue-minute"        "分钟。"
say cmn   "$out/zh/queue-minutes"       "分钟。"
say cmn   "$out/zh/queue-seconds"       "秒。"
say cmn   "$out/zh/queue-thankyou"      "感谢您的耐心等待。"
say cmn   "$out/zh/queue-callback"      "如需我们稍后给您回电，请按 1，您的排队位置将会保留。"
say cmn   "$out/zh/callback-number"     "我们将拨打您的号码"
say cmn   "$out/zh/callback-confirm"    "确认请按 1，更换号码请按 2，继续等待请按其他键。"
say cmn   "$out/zh/callback-enter"      "请输入您的电话号码，以井号键结束。"
say cmn   "$out/zh/callback-ok"         "已为您保留位置，轮到您时我们会立即回电。再见。"
say cmn   "$out/zh/callback-known"      "您已登记回电，我们会尽快与您联系。再见。"
say cmn   "$out/zh/callback-failed"     "抱歉，暂时无法登记回电。"
say cmn   "$out/zh/callback-agent"      "客户要求回电，正在接通客户。"
say cmn   "$out/zh/callback-noanswer"   "客户没有接听。"
say cmn   "$out/zh/blocked"             "抱歉，您的来电无法接通。"
say cmn   "$out/zh/full"                "抱歉，线路繁忙，请稍后再拨。"
say cmn   "$out/zh/campaign_nobody_free" "您好，我们的座席正忙，稍后会再与您联系，打扰您了，再见。"
say en-us "$out/en/queue-youarenext"    "You are next. Please stay on the line."
say en-us "$out/en/queue-thereare"      "You are now number"
say en-us "$out/en/queue-callswaiting"  "in the queue."
say en-us "$out/en/queue-quantity1"     "There are at least"
say en-us "$out/en/queue-quantity2"     "callers waiting before you."
say en-us "$out/en/queue-holdtime"      "The estimated waiting time is"
say en-us "$out/en/queue-minute"        "minute."
say en-us "$out/en/queue-minutes"       "minutes."
say en-us "$out/en/queue-seconds"       "seconds."
say en-us "$out/en/queue-thankyou"      "Thank you for your patience."
say en-us "$out/en/queue-callback"      "If you would like us to call you back, press 1. You keep your place."
say en-us "$out/en/callback-number"     "We will call you at"
say en-us "$out/en/callback-confirm"    "To confirm, press 1. For another number, press 2. To go on waiting, press any other key."
say en-us "$out/en/callback-enter"      "Please enter your telephone number and press the hash key."
say en-us "$out/en/callback-ok"         "Your place is kept. We will call you when it is your turn. Good bye."
say en-us "$out/en/callback-known"      "Your call-back is noted already. Good bye."
say en-us "$out/en/callback-failed"     "Sorry, a call-back is not possible at the moment."
say en-us "$out/en/callback-agent"      "A customer has asked to be called back. He is being rung now."
say en-us "$out/en/callback-noanswer"   "The customer does not answer."
say en-us "$out/en/blocked"             "Sorry, your call cannot be connected."
say en-us "$out/en/full"                "Sorry, all lines are busy. Please call again later."
say en-us "$out/en/campaign_nobody_free" "Hello. We called you, but all our agents are busy now. Sorry to have disturbed you. Good bye."

# numbers in Chinese, as Asterisk puts them together
for n in 0 1 2 3 4 5 6 7 8 9 10 20 30 40 50 60 70 80 90; do say cmn "$out/zh/digits/$n" "$n"; done
say cmn   "$out/zh/digits/hundred"   "百"
say cmn   "$out/zh/digits/thousand"  "千"
say cmn   "$out/zh/digits/wan"       "万"
