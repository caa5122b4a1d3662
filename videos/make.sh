#!/bin/sh
# Makes the sample clips in this folder from nothing: every picture and every tone is computed by
# ffmpeg's own generators, so they belong to this project and carry its licence.
#
#     apt-get install ffmpeg fonts-dejavu-core
#     videos/make.sh              all of them, about five minutes on two cores
#     videos/make.sh sea life     only these
#     TRY=1.5 videos/make.sh sea  only the first seconds, to try a change
#
# Each clip is there for a reason:
#
#   video.mp4                        H.264 + AAC, index (`moov`) in front: what most people serve
#   video.en.srt, video.de.srt       subtitles, written by hand
#   plasma (moov at end).mp4         the index comes last, so a player must seek before it can start
#   life.webm                        VP9 + Opus
#   Été à la mer.mp4                 a name that has to be percent-encoded
#   shows/fractals/mandelbrot.mp4    folders
#   music/bells.m4a                  sound alone
#
# All show a running clock, so that one sees where a seek has landed, and have a key frame every
# two seconds, so that a seek lands near. Together they stay below 3 MB; the end of this script
# checks it.
set -eu
cd "$(dirname "$0")"

FONT=/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf
[ -r "$FONT" ] || { echo "make.sh: no $FONT (package fonts-dejavu-core)" >&2; exit 1; }

# The clock, at the upper right, where no player's controls cover it. `pts` is the picture's own
# time, not the time of making.
CLOCK="drawtext=fontfile=$FONT:text='%{pts\\:hms}':fontsize=30:fontcolor=white@0.92:\
box=1:boxcolor=black@0.38:boxborderw=9:x=w-tw-24:y=26"

# No clip may take more than this to make, whatever the machine.
SECS_MAX=600

# make NAME SECS VIDEO_GRAPH AUDIO_GRAPH CODEC_OPTIONS…   (the graphs end in [v] and [a])
make() {
  name=$1 secs=${TRY:-$2} video=$3 audio=$4
  shift 4
  mkdir -p "$(dirname "$name")"
  echo "$name"
  timeout "$SECS_MAX" ffmpeg -nostdin -v error -y -filter_complex "$video;$audio" \
    -map '[v]' -map '[a]' -t "$secs" -map_metadata -1 -fflags +bitexact "$@" "$name"
}

# H.264 that every browser and phone plays. `g 50` at 25 pictures a second: a key frame every 2 s.
# `aq-mode 3` gives the dark gradients more bits, where bands would show first.
h264() {
  echo "-c:v libx264 -preset veryslow -profile:v high -pix_fmt yuv420p -crf $1 -g 50 -keyint_min 50 \
    -sc_threshold 0 -aq-mode 3 -flags:v +bitexact -c:a aac -b:a 64k -ar 44100 -ac 2 -flags:a +bitexact"
}

# One chord after the other, each note a soft bell: a sine and its octave that fade away.
# chords SECS_OF_ONE FREQUENCIES… ; the notes of a chord are joined with "+", struck one by one.
chords() {
  each=$1; shift
  count=$# at=0 sum=0
  for chord in "$@"; do
    strike=0
    for note in $(echo "$chord" | tr + ' '); do
      # Seconds since this note was struck; the whole tune repeats after its last chord.
      since="mod(t-$at*$each-$strike*0.22+$count*$each,$count*$each)"
      sum="$sum+0.13*exp(-0.75*$since)*min(1,$since*60)*(sin(2*PI*$note*t)+0.35*sin(4*PI*$note*t)*exp(-2*$since))"
      strike=$((strike + 1))
    done
    at=$((at + 1))
  done
  # The same tune on both sides, a little later on the right, in a room with an echo.
  echo "aevalsrc='$sum':s=44100,aformat=channel_layouts=mono,asplit[l][r0];[r0]adelay=11[r];\
[l][r]join=inputs=2:channel_layout=stereo,aecho=0.8:0.7:180|410:0.35|0.22,lowpass=f=5000,alimiter=limit=0.9"
}

# --- video.mp4: northern lights over a lake -----------------------------------------------------
# Light hangs in curtains: a wavering lower edge with a sharp end, rays that fade upwards, green
# below and violet above. It is soft, so a quarter of the pixels is computed and scaled up; stars
# and mountains are one sharp picture each. The lake is the sky upside down, rippled.
aurora() {
  edge1="(90+15*sin(X/57+T*0.31)+7*sin(X/19-T*0.43))-Y"
  edge2="(62+14*sin(X/71-T*0.27+2)+5*sin(X/23+T*0.39))-Y"
  rays1="(0.62+0.38*sin(X/5+3*sin(X/41+T*0.33)+T*0.5))*(0.55+0.45*sin(X/83-T*0.37))"
  rays2="(0.6+0.4*sin(X/4+4*sin(X/53-T*0.29)-T*0.4))*(0.5+0.5*sin(X/67+T*0.41+1))"
  # st/ld keep what the three uses below share: how far above the edge, and the light there.
  light="st(0,$edge1);st(1,$rays1*if(gt(ld(0),0),exp(-ld(0)/32),exp(-pow(ld(0)/4,2))));\
st(2,$edge2);st(3,$rays2*if(gt(ld(2),0),exp(-ld(2)/24),exp(-pow(ld(2)/4,2))))"
  high1="(1-exp(-max(ld(0),0)/17))" high2="(1-exp(-max(ld(2),0)/13))"
  peaks="296+34*sin(X/97)+26*abs(sin(X/61+1))-44*abs(sin(X/173+0.4))+9*abs(sin(X/23))+4*abs(sin(X/9+1))+2*sin(X/4)"
  make video.mp4 24 "\
color=black:s=320x120:r=25,format=gbrp,geq=\
r='$light;min(255,9+Y/9+ld(1)*(50+225*$high1)+ld(3)*(80+190*$high2))':\
g='$light;min(255,12+Y/5+ld(1)*(240-135*$high1)+ld(3)*(190-125*$high2))':\
b='$light;min(255,36+Y/3+ld(1)*(110+70*$high1)+ld(3)*(150+60*$high2))',scale=640:240:flags=bicubic[lights];\
color=black:s=640x240:r=25,trim=end_frame=1,format=gbrp,geq=\
r='st(0,random(1));if(gt(ld(0),0.9978),(ld(0)-0.9978)*95000,0)':\
g='st(0,random(1));if(gt(ld(0),0.9978),(ld(0)-0.9978)*95000,0)':\
b='st(0,random(1));if(gt(ld(0),0.9978),(ld(0)-0.9978)*115000,0)',gblur=sigma=0.45,loop=-1:1[stars];\
color=black:s=1280x480:r=25,trim=end_frame=1,format=rgba,geq=\
r='4+(Y-340)/24':g='8+(Y-340)/15':b='20+(Y-340)/9':a='if(gt(Y,$peaks+112),255,0)',scale=640:240:flags=area,loop=-1:1[peaks];\
[lights][stars]blend=all_mode=screen[sky];[sky][peaks]overlay=format=gbrp,format=gbrp,split[above][mirror];\
[mirror]vflip,crop=640:190:0:0,scale=640:120,geq=\
r='0.62*p(X+(1+Y/22)*sin(Y/(1.1+Y/50)-T*2.1+sin(X/70)),Y+1.5*sin(Y/3+T*1.7+X/90))+2':\
g='0.66*p(X+(1+Y/22)*sin(Y/(1.1+Y/50)-T*2.1+sin(X/70)),Y+1.5*sin(Y/3+T*1.7+X/90))+4':\
b='0.74*p(X+(1+Y/22)*sin(Y/(1.1+Y/50)-T*2.1+sin(X/70)),Y+1.5*sin(Y/3+T*1.7+X/90))+10'[below];\
[above][below]vstack,format=yuv420p,$CLOCK[v]" \
    "$(chords 6 110+220+261.63+329.63+493.88 87.31+174.61+261.63+329.63+440 65.41+196+261.63+329.63+392 98+196+246.94+293.66+440),afade=t=out:st=21:d=3[a]" \
    $(h264 27) -movflags +faststart
}

# --- Été à la mer.mp4: the sun goes down --------------------------------------------------------
# The sea is drawn in perspective: a wave at row Y lies at distance 1/Y. The sun's road on it is
# made of the waves that happen to face the sun.
sea() {
  # (geq wraps round past 255 instead of stopping there: hence every `min`.)
  sun="hypot(X-320,Y-(118+T*4.2))"
  sky="st(0,Y/216);st(1,T/18);st(2,$sun);st(3,exp(-ld(2)/90));st(4,if(lt(ld(2),43),1,if(lt(ld(2),45),(45-ld(2))/2,0)))"
  wave="st(0,900/(Y+7));st(1,sin(ld(0)*1.9-T*1.5+1.7*sin((X-320)*ld(0)/2600+T*0.6))\
*sin(ld(0)*0.83+T*0.9+2.3*sin((X-320)*ld(0)/1500-T*0.8)));\
st(2,exp(-pow((X-320)/(26+Y*0.85),2))*(0.5+0.5*gt(ld(1),-0.15)*(0.4+ld(1))));st(3,Y/144);st(4,T/18)"
  make "Été à la mer.mp4" 18 "\
color=black:s=640x216:r=25,format=gbrp,geq=\
r='$sky;min(255,(58+196*pow(ld(0),1.3))*(1-0.28*ld(1))+70*ld(3)+ld(4)*60)':\
g='$sky;min(255,(40+112*pow(ld(0),2.2))*(1-0.42*ld(1))+88*ld(3)*(1-0.3*ld(1))+ld(4)*(96-30*ld(1)))':\
b='$sky;min(255,(98+10*ld(0)-40*pow(ld(0),3))*(1-0.22*ld(1))+18*ld(3)+ld(4)*10)'[sky];\
color=black:s=640x144:r=25,format=gbrp,geq=\
r='$wave;min(255,(172-142*pow(ld(3),0.5))*(1-0.3*ld(4))+ld(1)*(9+12*ld(3))+ld(2)*205)':\
g='$wave;min(255,(92-50*pow(ld(3),0.5))*(1-0.4*ld(4))+ld(1)*(7+12*ld(3))+ld(2)*(128-38*ld(4)))':\
b='$wave;min(255,(92-12*ld(3))*(1-0.2*ld(4))+ld(1)*(9+16*ld(3))+ld(2)*42)'[water];\
[sky][water]vstack,format=yuv420p,$CLOCK[v]" \
    "anoisesrc=color=brown:r=44100:seed=4:a=0.5,lowpass=f=700,tremolo=f=0.14:d=0.75,volume=0.9[surf];\
$(chords 4.5 146.83+220+369.99+554.37 123.47+246.94+293.66+440 98+196+293.66+493.88 110+220+277.18+440)[bells];\
[bells][surf]amix=inputs=2:weights=1 0.5:normalize=0,alimiter=limit=0.9,afade=t=in:d=1.5,afade=t=out:st=15.5:d=2.5[a]" \
    $(h264 30) -movflags +faststart
}

# --- plasma (moov at end).mp4 -------------------------------------------------------------------
# Sines of sines fold the plane like marbled paper; three cosines of one number give the colours.
plasma() {
  field="st(0,X/90+0.9*sin(Y/43+T*0.35)+0.5*sin(X/37-T*0.42));st(1,Y/90+0.9*sin(X/51-T*0.31)+0.5*sin(Y/29+T*0.38));\
st(2,0.55*sin(ld(0)*1.7+1.3*sin(ld(1)*1.9+T*0.4))+0.45*cos(ld(1)*2.1-1.1*sin(ld(0)*1.5-T*0.33))+T*0.045)"
  # No faststart here: ffmpeg then writes the index where it is first known, at the end.
  make "plasma (moov at end).mp4" 16 "\
color=black:s=320x180:r=25,format=gbrp,geq=\
r='$field;130+122*cos(2*PI*(ld(2)*0.9+0.02))':g='$field;108+100*cos(2*PI*(ld(2)*0.9+0.17))':\
b='$field;140+105*cos(2*PI*(ld(2)*0.9+0.34))',scale=640:360:flags=bicubic,format=yuv420p,$CLOCK[v]" \
    "aevalsrc='0.16*sin(2*PI*110*t)+0.12*sin(2*PI*164.81*t)+0.1*sin(2*PI*220*t)+0.08*sin(2*PI*277.18*t)+0.05*sin(2*PI*415.3*t)\
|0.16*sin(2*PI*110.4*t)+0.12*sin(2*PI*165.3*t)+0.1*sin(2*PI*219.5*t)+0.08*sin(2*PI*277.7*t)+0.05*sin(2*PI*414.6*t)':s=44100,\
tremolo=f=0.25:d=0.55,aecho=0.8:0.7:230:0.4,afade=t=in:d=1.5,afade=t=out:st=13.5:d=2.5[a]" \
    $(h264 29)
}

# --- life.webm: Conway's game, glowing ----------------------------------------------------------
# What dies cools down over many rounds ("mold"). A blurred copy laid over it is the glow, and the
# hue goes slowly round.
life() {
  make life.webm 12 "\
life=s=128x72:r=25/3:mold=9:ratio=0.19:random_seed=20:stitch=1:life_color=#fff3c4:death_color=#ff5a36:mold_color=#07070b,\
trim=start=1.6,setpts=PTS-STARTPTS,format=gbrp,scale=640:360:flags=neighbor,split[cells][glow];\
[glow]gblur=sigma=11,colorlevels=romax=0.9:gomax=0.9:bomax=0.9[soft];\
[cells][soft]blend=all_mode=screen,vignette=PI/4.6,fps=25,hue=h='-22*t',format=yuv420p,$CLOCK[v]" \
    "$(chords 2 220+329.63+440+554.37+659.26 196+293.66+392+493.88+587.33 174.61+261.63+349.23+440+523.25 164.81+246.94+329.63+415.3+493.88),afade=t=out:st=10:d=2,aresample=48000,asetnsamples=960[a]" \
    -c:v libvpx-vp9 -pix_fmt yuv420p -b:v 0 -crf 50 -g 50 -keyint_min 50 -row-mt 1 -cpu-used 2 -deadline good \
    -flags:v +bitexact -c:a libopus -b:a 56k -ar 48000 -flags:a +bitexact
}

# --- shows/fractals/mandelbrot.mp4: down into the valley ----------------------------------------
# Computed at twice the size, because the fine threads need the average; the generator's own
# colours are thrown away for ones that are kind to the eye.
mandelbrot() {
  make shows/fractals/mandelbrot.mp4 20 "\
mandelbrot=s=1280x720:r=25:maxiter=1200:start_x=-0.743643887037151:start_y=-0.131825904205330:start_scale=0.16:end_scale=0.0021:\
end_pts=500:inner=black:outer=normalized_iteration_count,format=gray,gblur=sigma=1.1,scale=640:360:flags=area,\
lutyuv=y='clip((val-52)*1.12,0,255)',format=gbrp,\
curves=r='0/0.02 0.25/0.05 0.5/0.62 0.7/1 1/1':g='0/0.02 0.25/0.17 0.5/0.5 0.7/0.83 1/1':b='0/0.09 0.25/0.46 0.5/0.55 0.7/0.5 1/0.95',\
format=yuv420p,$CLOCK[v]" \
    "$(chords 5 55+110+164.81+246.94 58.27+116.54+174.61+261.63 49+98+146.83+233.08 51.91+103.83+155.56+246.94),tremolo=f=0.5:d=0.3,afade=t=out:st=17:d=3[a]" \
    $(h264 35) -movflags +faststart
}

# --- music/bells.m4a: sound alone ---------------------------------------------------------------
bells() {
  mkdir -p music
  echo music/bells.m4a
  timeout "$SECS_MAX" ffmpeg -nostdin -v error -y -filter_complex "$(chords 4 \
    130.81+261.63+329.63+392+523.25+659.26 110+220+261.63+329.63+440+523.25 \
    87.31+174.61+220+261.63+349.23+440 98+196+246.94+293.66+392+493.88),afade=t=out:st=13:d=3[a]" \
    -map '[a]' -t "${TRY:-16}" -map_metadata -1 -fflags +bitexact \
    -c:a aac -b:a 72k -flags:a +bitexact -movflags +faststart music/bells.m4a
}

[ $# -gt 0 ] || set -- aurora sea plasma life mandelbrot bells
for clip in "$@"; do
  case $clip in
    aurora | sea | plasma | life | mandelbrot | bells) "$clip" ;;
    *) echo "make.sh: no clip is called $clip (aurora sea plasma life mandelbrot bells)" >&2; exit 2 ;;
  esac
done

total=$(find . -type f ! -name '*.sh' -exec cat {} + | wc -c)
echo "together $total bytes"
[ "$total" -lt 3000000 ] || { echo "make.sh: more than 3 MB" >&2; exit 1; }
