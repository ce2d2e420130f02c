"""Four words to offer for a new passphrase, from a list of our own."""

from __future__ import annotations

import secrets

OFFERED = 4


def four_words() -> str:
    """A passphrase of four words (more than 41 bits), drawn by the operating system's random numbers."""
    return " ".join(secrets.choice(WORDS) for _ in range(OFFERED))


# Short and all different, in plain Latin letters: the same keys on every keyboard.
WORDS = tuple(
    """
able acid acorn actor adapt adult agent agree aim air alarm album alert alley almond alone amber angle
animal ankle apple apron arch area argue arm armor army aroma arrow art ash ask atlas atom attic aunt
autumn award away axis baby back bacon badge bag bake balcony ball bamboo banana band bank bar bark barn
barrel base basil basin basket bat bath beach bead beam bean bear beard beauty bed bee beef begin bell
belt bench bend berry best bicycle big bike bill bird birth bite black blade blanket blend block blood
bloom blow blue board boat body boil bold bolt bone book boot border bottle bottom bow bowl box boy
bracket brain branch brass brave bread break breeze brick bridge brief bright bring broad broccoli broom
brown brush bubble bucket bud buffalo build bulb bull bun bunch bundle burn bus bush busy butter button
buy cabbage cabin cable cactus cage cake calf call calm camel camera camp canal candle candy cane canoe
canvas cap cape car card care cargo carpet carrot carry cart case cash castle cat catch cattle cave
ceiling celery cell cement center cereal chain chair chalk charm chart chase cheek cheese cherry chess
chest chick chicken chief child chili chin chip choose church cinema circle city clam class claw clay
clean clear clerk clever cliff climb clock close cloth cloud clove clover club coach coal coast coat cobra
cocoa coconut coffee coil coin cold collar color column comb come comet common cook cool copper coral cord
cork corn corner cotton couch count country course court cousin cover cow crab cradle craft crane crayon
cream creek crew cricket crisp crop cross crow crowd crown cube cucumber cup cupboard cure curious curl
current curry curtain curve cushion custom cut cycle daily dairy daisy dance danger dark dart date dawn
day deck deep deer degree dentist depart desert desk detail dial diamond diary dice dinner direct dish
dive divide doctor dog doll dolphin door dot double dough dove down dozen dragon drama draw dream dress
drift drill drink drive drop drum dry duck dune durian dust eager eagle ear early earth ease east easy
echo edge egg eight elbow elder electric elephant eleven elm empty engine enjoy enter equal evening event
every exact exit extra eye fabric face fact fair fall family famous fan far farm farmer fast father
feather feed feel fence fern ferry festival few fiber field fifty fig file fill film find fine finger fire
firm first fish five flag flame flash flat flavor fleet float flock flood floor flour flow flower flute
fly foam fog fold follow food foot forest fork form fort fossil found four fox frame free freeze fresh
friend frog front frost fruit fuel full fun fur future galaxy game garage garden garlic gas gate gather
gem gentle giant gift ginger giraffe girl give glad glass globe glove glow glue goat gold good goose grain
grand grape grass gravel gray great green greet grill grip ground group grow guard guava guess guest guide
guitar gulf gum habit hair half hall hammer hand handle happy harbor hard harvest hat have hawk hazel head
heal heart heat heavy hedge heel helmet help hen herb hero hill hint hippo history hive hobby hold hollow
home honest honey hood hook hope horn horse hotel hour house huge human humble humor hundred hungry hurry
ice idea inch index ink inner insect inside iris iron island ivory ivy jacket jade jam jar jasmine jaw
jazz jeans jelly jewel job join joke journey joy judge juice jump jungle junior just kale kangaroo keep
kettle key kick kidney kind king kiss kitchen kite kitten kiwi knee knife knot koala label lace ladder
lady lake lamb lamp land lane language lantern large laser late laugh lava lawn layer lazy leaf learn
leather left leg lemon length lens lentil leopard lesson letter level lever library lid life lift light
lily lime line lion lip liquid list listen little live lizard load loaf local lock log long look loop
lotus loud love low loyal luck lucky lunch lung lychee machine magic magnet maid mail main maize make
mango map maple marble march margin market marsh mask mat match meadow meal measure meat medal melody
melon melt member memory menu metal meter middle mild milk mill mind mine mint minute mirror mix model
modern moment monday money monkey month moon morning moss moth mother motor mountain mouse mouth move
movie much mud mug mule museum mushroom music mussel name napkin narrow nation nature navy near neat neck
nectar needle nephew nest net never new next nice niece night nine noble noise noodle noon north nose note
novel nurse nut oak oar oasis oat object ocean octopus office oil old olive onion open opera orange orbit
orchid order organ origin otter outer oval oven over owl owner oxygen oyster pack paddle page paint pair
palace palm pan panda panel pansy papaya paper parade parcel parent park parrot part party pass past paste
path pause paw pea peace peach peak peanut pear pearl pebble pedal peel pelican pen pencil people pepper
perfume permit person pet petal phone photo piano picnic picture pie pig pigeon pillow pilot pin pine pink
pipe place plain plan planet plant plate play please plow plum pocket poem poet point polar pole polish
pond pony pool pop porch port potato pottery powder power prawn present press pretty price pride prince
print prize proof proud public pull pulse pumpkin pupil puppy pure purple purse push puzzle quail quarter
queen quick quiet quilt quiz rabbit race radio raft rail rain rainbow raise rambutan ranch range rapid
raven raw ray reach read ready real record red reed reef region relax remain remote rent repair rest
result return rhino ribbon rice rich ride right ring ripe rise river road roast robe robin robot rock
rocket roll roof room root rope rose rough round route row royal rubber ruby rug ruler run rural saddle
safe saffron sail salad salmon salt same sand sandal satin sauce save scale scarf scene school science
scissors scoop score sea seal season seat second secret see seed seven shade shadow shallow shape share
shark sharp sheep sheet shelf shell shine ship shirt shoe shop shore short shoulder show shower shrimp
shrub side sign silent silk silver simple sing single sister six size skate sketch skill skin skirt sky
sleep sleeve slice slide slope slow small smart smile smoke smooth snack snail snake snow soap soccer
social sock soda sofa soft soil solar solid song sonic soon sort sound soup sour south space spade spark
speak special speed spell spice spider spin spinach spoon sport spray spring square squid squirrel stable
stage stair stamp stand star start state station stay steam steel stem step stick still stone stool stop
store storm story stove straw stream street string strong student studio style subway sugar suit summer
sun sunny sunset super supper sure surf sweet swift swim swing table tail tailor talent tall tamarind tan
tank tape target taro taste taxi tea teach team teapot temple ten tennis tent thank theater thick thin
thing think third thread three throat throne thumb thunder ticket tide tiger tile timber time tin tiny
tire toast today toe tomato tone tongue tool tooth top torch tortoise total touch tour towel tower town
toy track tractor trade trail train tray treasure tree trick trip trophy tropical truck true trumpet trunk
trust try tuba tube tulip tuna tunnel turkey turn turtle twelve twenty twin two uncle under uniform union
unit until upper urban use usual valley value van vanilla vase velvet verb village vine vinegar violet
violin visit vivid voice volcano wagon waist wait walk wall walnut wander warm wash watch water wave wax
way weather weave wedding week weight welcome well west whale wheat wheel whisper whistle white wide wild
willow win wind window wing winter wire wise wish wolf wonder wood wool word work world worm wrap wrist
write yard yarn year yellow yoga yogurt young zebra zero zone zoo
    """.split()  # noqa: SIM905 - a list of so many would take a line for each
)
